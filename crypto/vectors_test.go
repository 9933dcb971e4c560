package crypto_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/crypto"
)

// vector is one known answer of testdata/vectors.json; the file says what its fields mean.
type vector struct {
	Name             string   `json:"name"`
	Group            string   `json:"group"`
	Token            string   `json:"token"`
	PreviousToken    string   `json:"previousToken"`
	AESKey           string   `json:"encodingAESKey"`
	PreviousAESKey   string   `json:"previousEncodingAESKey"`
	UsedKey          string   `json:"usedKey"`
	AppID            string   `json:"appid"`
	Timestamp        string   `json:"timestamp"`
	Nonce            string   `json:"nonce"`
	Random           string   `json:"random16"`
	Plaintext        *string  `json:"plaintext"`
	PlaintextSHA256  string   `json:"plaintext_sha256"`
	Encrypt          *string  `json:"encrypt"`
	EncryptSHA256    string   `json:"encrypt_sha256"`
	MessageSignature string   `json:"msg_signature"`
	Expect           string   `json:"expect"`
	Accept           []string `json:"accept"`
	Generated        *struct {
		Prefix, Unit, Suffix string
		Count                int
	} `json:"plaintext_gen"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "vectors.json"))
	require.NoError(t, err)
	var file struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(raw, &file))
	require.NotEmpty(t, file.Vectors)
	return file.Vectors
}

func (v vector) plaintext() []byte {
	if g := v.Generated; g != nil {
		return []byte(g.Prefix + strings.Repeat(g.Unit, g.Count) + g.Suffix)
	}
	return []byte(*v.Plaintext)
}

func (v vector) encrypted(t testing.TB) []byte {
	if v.Encrypt != nil {
		return []byte(*v.Encrypt)
	}
	encrypted := v.encrypt(t)
	sum := sha256.Sum256(encrypted)
	require.Equal(t, v.EncryptSHA256, hex.EncodeToString(sum[:]))
	return encrypted
}

// encrypt encrypts the plaintext of a vector that is too large for the file. It does not
// use the package that is tested.
func (v vector) encrypt(t testing.TB) []byte {
	key, err := base64.StdEncoding.DecodeString(v.AESKey + "=")
	require.NoError(t, err)
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	message := v.plaintext()
	text := binary.BigEndian.AppendUint32([]byte(v.Random), uint32(len(message)))
	text = slices.Concat(text, message, []byte(v.AppID))
	padding := 32 - len(text)%32
	text = append(text, bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(text, text)
	return base64.StdEncoding.AppendEncode(nil, text)
}

// keyring holds the current and, where there is one, the previous key.
func (v vector) keyring() (crypto.Keyring, error) {
	var ring crypto.Keyring
	for _, key := range []string{v.AESKey, v.PreviousAESKey} {
		if key == "" && len(ring) > 0 {
			continue
		}
		c, err := crypto.NewCipher(key, v.AppID)
		if err != nil {
			return nil, err
		}
		ring = append(ring, c)
	}
	return ring, nil
}

var errSignature = errors.New("signature differs")

// kind is the name that the vectors give to an outcome.
func kind(err error) string {
	for name, target := range map[string]error{
		"bad_signature": errSignature,
		"bad_key":       crypto.ErrKey,
		"bad_base64":    crypto.ErrBase64,
		"bad_block":     crypto.ErrBlock,
		"bad_padding":   crypto.ErrPadding,
		"bad_length":    crypto.ErrLength,
		"bad_receiver":  crypto.ErrReceiver,
	} {
		if errors.Is(err, target) {
			return name
		}
	}
	if err == nil {
		return "ok"
	}
	return err.Error()
}

// receive does what a receiver does: verify, then open.
func receive(t testing.TB, v vector) ([]byte, *crypto.Cipher, crypto.Keyring, error) {
	ring, err := v.keyring()
	if err != nil {
		return nil, nil, nil, err
	}
	enc := v.encrypted(t)
	verified := crypto.VerifyMessageSignature(v.MessageSignature, v.Token, v.Timestamp, v.Nonce, enc) ||
		crypto.VerifyMessageSignature(v.MessageSignature, v.PreviousToken, v.Timestamp, v.Nonce, enc)
	if !verified {
		return nil, nil, nil, errSignature
	}
	message, by, err := ring.Open(enc)
	return message, by, ring, err
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			message, by, ring, err := receive(t, v)
			want := append([]string{v.Expect}, v.Accept...)
			if v.Expect != "any" && !slices.Contains(want, kind(err)) {
				t.Fatalf("got %s (%v), want one of %v", kind(err), err, want)
			}
			if v.Expect != "ok" {
				return
			}
			require.Equal(t, string(v.plaintext()), string(message))
			if v.PlaintextSHA256 != "" {
				sum := sha256.Sum256(message)
				require.Equal(t, v.PlaintextSHA256, hex.EncodeToString(sum[:]))
			}
			if v.UsedKey == "previous" {
				require.Same(t, ring[1], by)
			} else {
				require.Same(t, ring[0], by)
			}
		})
	}
}

func TestVectorsSealed(t *testing.T) {
	sealed := 0
	for _, v := range vectors(t) {
		switch v.Group {
		case "length_walk", "plain", "utf8", "component", "published", "key_trailing_bits", "big":
		default:
			continue
		}
		if v.Expect != "ok" {
			continue
		}
		sealed++
		t.Run(v.Name, func(t *testing.T) {
			c, err := crypto.NewCipher(v.AESKey, v.AppID)
			require.NoError(t, err)
			got := c.SealWith(v.plaintext(), [16]byte([]byte(v.Random)))
			require.Equal(t, string(v.encrypted(t)), string(got))
			require.Equal(t, v.MessageSignature, crypto.MessageSignature(v.Token, v.Timestamp, v.Nonce, got))
		})
	}
	require.Greater(t, sealed, 90)
}
