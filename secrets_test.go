package wechat_test

import (
	"context"
	"encoding/base64"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/internal/secret/secrettest"
	"github.com/seed-f21aa8d8/wechat/jssdk"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	tokens "github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// secretValue is 32 bytes, as a key of store.NewSealed needs. secretAESKey is an
// EncodingAESKey with it.
const secretValue = "hunter2-hunter2-hunter2-hunter2-"

var secretAESKey = base64.RawStdEncoding.EncodeToString([]byte(secretValue))

// TestSecretsDoNotPrint prints a value of every exported type of the root module that
// holds a credential.
func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	for name, v := range secretive(t) {
		secrettest.Hides(t, name, v, secretValue, secretAESKey)
	}
}

// secretive returns a value of each type that holds a credential, by the name of the type.
func secretive(t *testing.T) map[string]any {
	t.Helper()
	key := []byte(secretValue)
	tok := tokens.New(secretValue, time.Now().Add(time.Hour))
	memory := store.NewMemory()
	require.NoError(t, memory.Set(t.Context(), secretValue, key, time.Hour))

	cipher, err := crypto.NewCipher(secretAESKey, "wx1")
	require.NoError(t, err)
	sealed, err := store.NewSealed(memory, key)
	require.NoError(t, err)
	cache := tokens.Reuse(byValue{secretValue}, tokens.ReuseConfig{})
	_, err = cache.Token(t.Context())
	require.NoError(t, err)

	stableConfig := tokens.StableConfig{AppID: "wx1", Secret: secretValue}
	stable, err := tokens.Stable(stableConfig)
	require.NoError(t, err)
	classicConfig := tokens.ClassicConfig{AppID: "wx1", Secret: secretValue}
	classic, err := tokens.Classic(classicConfig)
	require.NoError(t, err)
	remoteConfig := tokens.RemoteConfig{URL: "https://tokens.example.com/wx1", Key: secretValue}
	remote, err := tokens.Remote(remoteConfig)
	require.NoError(t, err)
	shared, err := tokens.Shared(memory, stable, tokens.SharedConfig{})
	require.NoError(t, err)

	oaConfig := officialaccount.Config{AppID: "wx1", Secret: secretValue, TokenSource: cache}
	oa, err := officialaccount.New(oaConfig)
	require.NoError(t, err)

	botConfig := message.Config{
		AppID: "wx1", Token: secretValue, EncodingAESKey: secretAESKey,
		PreviousTokens: []string{secretValue}, PreviousAESKeys: []string{secretAESKey},
	}
	bot, err := message.NewHandler(botConfig)
	require.NoError(t, err)
	verifier, err := message.NewVerifier(botConfig)
	require.NoError(t, err)
	notice := func(infoType, element string) message.Message {
		m, err := message.Parse([]byte("<xml><AppId>wx1</AppId><CreateTime>1</CreateTime><InfoType>" + infoType + "</InfoType><" + element + ">" + secretValue + "</" + element + "></xml>"))
		require.NoError(t, err)
		return m
	}

	thirdParty := component.Config{
		AppID: "wx1", Secret: secretValue, Token: secretValue, EncodingAESKey: secretAESKey,
		PreviousTokens: []string{secretValue}, PreviousAESKeys: []string{secretAESKey},
		Store: kept{memory}, SealKeys: [][]byte{key},
	}
	platform, err := component.New(thirdParty)
	require.NoError(t, err)

	loginConfig := oauth.LoginConfig{RedirectURL: "https://example.com/login", Keys: [][]byte{key}}
	login, err := oauth.New(oa).Login(loginConfig)
	require.NoError(t, err)

	local := wechattest.Config{AppID: "wx1", Secret: secretValue, Token: secretValue, EncodingAESKey: secretAESKey}
	emulator := wechattest.New(t, local)

	return map[string]any{
		"crypto.Cipher": cipher, "crypto.Keyring": crypto.Keyring{cipher},
		"store.Memory": memory, "store.Sealed": sealed,
		"token.Token": tok, "token.Cache": cache,
		"token.StableConfig": stableConfig, "token.Stable": stable, "token.ClassicConfig": classicConfig, "token.Classic": classic,
		"token.RemoteConfig": remoteConfig, "token.Remote": remote, "token.Shared": shared, "token.Static": tokens.Static(secretValue),
		"officialaccount.Config": oaConfig, "officialaccount.Client": oa,
		"jssdk.Service": jssdk.New(oa), "jssdk.JSAPITickets": jssdk.JSAPITickets(oa),
		"message.Config": botConfig, "message.Handler": bot, "message.Verifier": verifier, "message.CloudCall": message.CloudCall{AccessToken: secretValue},
		"message.ComponentVerifyTicketNotice": notice("component_verify_ticket", "ComponentVerifyTicket"),
		"message.AuthorizedNotice":            notice("authorized", "AuthorizationCode"),
		"message.UpdateAuthorizedNotice":      notice("updateauthorized", "PreAuthCode"),
		"message.FastRegisterNotice":          notice("notify_third_fasteregister", "auth_code"),
		"component.Config":                    thirdParty, "component.Platform": platform, "component.Platform.Client": platform.Client("wx00000000000000aa"),
		"oauth.LoginConfig": loginConfig, "oauth.Login": login, "oauth.Grant": granted(t),
		"wechattest.Config": local, "wechattest.Platform": emulator, "wechattest.AccessToken": wechattest.AccessToken{Value: secretValue},
		"wechattest.Call": wechattest.Call{Query: map[string][]string{"secret": {secretValue}}, Body: key, Answer: key},
	}
}

// byValue is a source that a Cache holds by value.
type byValue struct{ Value string }

func (s byValue) Token(context.Context) (tokens.Token, error) {
	return tokens.New(s.Value, time.Now().Add(time.Hour)), nil
}

// kept is a store that component takes for a durable one.
type kept struct{ store.Store }

// granted returns a grant with secret tokens.
func granted(t *testing.T) *oauth.Grant {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"access_token":"` + secretValue + `","refresh_token":"` + secretValue + `","openid":"o1","scope":"snsapi_base"}`))
	}))
	defer server.Close()
	oa, err := officialaccount.New(officialaccount.Config{AppID: "wx1", Secret: secretValue, BaseURL: server.URL})
	require.NoError(t, err)
	grant, err := oauth.New(oa).Exchange(t.Context(), "code")
	require.NoError(t, err)
	require.Equal(t, secretValue, grant.RefreshToken())
	return grant
}

// public are fields with the name of a credential that hold none.
var public = []string{
	"wechattest.QRCode.Ticket", // of a QR code, for everybody who may scan it
	"qrcode.Code.Ticket",
	"message.SubscribeEvent.Ticket",
	"message.ScanEvent.Ticket",
}

var credential = regexp.MustCompile(`^(Secret|\w*Token|\w*Tokens|\w*AESKey|\w*AESKeys|PassKey|SealKeys?|Keys|\w*Ticket|Password|PreAuthCode|AuthorizationCode|SessionKey)$`)

// TestSecretTypes looks for exported structs with a field that has the name of a
// credential. They have the two methods that hide it, or the field is public.
func TestSecretTypes(t *testing.T) {
	t.Parallel()
	hiding, found := map[string]int{}, map[string][]string{} // by type: the methods, the fields
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name != "." && strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"testdata", "internal", "examples", "e2e", "docs", "cmd"}, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(name))
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil && (d.Name.Name == "Format" || d.Name.Name == "MarshalText") {
					of := d.Recv.List[0].Type
					if pointer, ok := of.(*ast.StarExpr); ok {
						of = pointer.X
					}
					hiding[dir+"."+called(of)]++
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok && s.Name.IsExported() {
						of := dir + "." + s.Name.Name
						found[of] = append(found[of], credentials(s)...)
					}
				}
			}
		}
		return nil
	})
	require.NoError(t, err)
	unused := slices.Clone(public)
	for of, fields := range found {
		for _, field := range fields {
			if i := slices.Index(unused, of+"."+field); i >= 0 {
				unused = slices.Delete(unused, i, i+1)
			} else if hiding[of] != 2 {
				t.Errorf("%s.%s may be a credential: give %s the methods Format and MarshalText (internal/secret) and add it to a table of secrettest.Hides, or add the field to public", of, field, of)
			}
		}
	}
	require.Empty(t, unused, "of public")
}

// credentials returns the fields of a struct that have the name of a credential.
func credentials(s *ast.TypeSpec) (names []string) {
	st, ok := s.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, field := range st.Fields.List {
		for _, name := range field.Names {
			if holdsText(field.Type) && credential.MatchString(name.Name) {
				names = append(names, name.Name)
			}
		}
	}
	return names
}

// holdsText reports whether a type is string or byte, or a slice of them.
func holdsText(x ast.Expr) bool {
	if list, ok := x.(*ast.ArrayType); ok {
		return holdsText(list.Elt)
	}
	name, ok := x.(*ast.Ident)
	return ok && (name.Name == "string" || name.Name == "byte")
}
