package gate

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

const token = "token"

// plainGate is a gate of plaintext mode that remembers n signatures.
func plainGate(most int) *Gate {
	g := New(Config{Tokens: []string{token}, Read: func(t *tree.Tree, b []byte) error { return t.ReadXML(b) }})
	g.nonces = nonces{}
	g.nonces.init(most)
	return g
}

// enter sends a signed request and reports whether it was let in, and may run.
func enter(g *Gate, at int64, timestamp, nonce, body string) (in, runs bool) {
	q := url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "signature": {crypto.Signature(token, timestamp, nonce)}}
	r := httptest.NewRequest(http.MethodPost, "/?"+q.Encode(), strings.NewReader("<xml>"+body+"</xml>"))
	l, refused := g.Verify(r, time.Unix(at, 0))
	if refused != nil {
		return false, false
	}
	defer g.Release(l)
	return true, g.Begin(l.Used)
}

// FuzzNonces holds the rule against one that is written down in ten lines. Each byte
// pair of the script is a request: who sends what, with which signature, and when.
func FuzzNonces(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 1, 250, 0, 251, 1, 255, 255})
	f.Add([]byte("a script that repeats itself repeats itself"))
	f.Add([]byte{7, 1, 7, 2, 7, 1, 200, 1, 201, 2, 202, 3, 7, 1})
	const start = 1_735_707_400
	f.Fuzz(func(t *testing.T, script []byte) {
		g, now := plainGate(maxNonces), int64(start)
		bodies, ran := map[string]string{}, map[string]bool{} // by signature
		for i := 0; i+1 < len(script); i += 2 {
			now += int64(script[i] / 8)                      // up to half a minute
			at := (now-320+40*int64(script[i]%17))/60*60 + 7 // so that some repeat
			timestamp, nonce, body := strconv.FormatInt(at, 10), fmt.Sprint(script[i+1]%5), fmt.Sprint(script[i+1]/5%2)

			s := crypto.Signature(token, timestamp, nonce)
			wantIn, wantRun := now-at <= 300 && at-now <= 300, false
			if before, known := bodies[s]; wantIn && known && before != body {
				wantIn = false
			} else if wantIn {
				bodies[s] = body
				wantRun, ran[s] = !ran[s], true
			}

			in, runs := enter(g, now, timestamp, nonce, body)
			require.Equal(t, []bool{wantIn, wantRun}, []bool{in, runs}, "request %d", i/2)
		}
	})
}

// What has one signature has one name, whichever of its parts is which.
func TestNameFollowsTheSignature(t *testing.T) {
	for _, same := range [][2][2]string{{{"17", "35"}, {"1735", ""}}, {{"17", "35"}, {"35", "17"}}} {
		a, b := same[0], same[1]
		require.Equal(t, crypto.Signature(token, a[0], a[1]), crypto.Signature(token, b[0], b[1]))
		require.Equal(t, sorted(token, a[0], a[1]), sorted(token, b[0], b[1]))
	}
}

func sorted(token, timestamp, nonce string) string {
	parts := covered(token, timestamp, nonce)
	return strings.Join(parts[:], "")
}

// use is enter without the request.
func use(n *nonces, now, at int64, nonce int) (in, runs bool) {
	l := &Letter{Parts: [2][]byte{[]byte("x")}}
	q := query{timestamp: strconv.FormatInt(at, 10), nonce: strconv.Itoa(nonce)}
	if n.bind(l, token, &q, at, time.Unix(now, 0)) != nil {
		return false, false
	}
	return true, n.begin(l.Used)
}

// At the rates in the documentation all are remembered for as long as they are
// accepted. Above them, the time in which a request is accepted shrinks, and no
// signature is used twice.
func TestNoncesAtTheirRate(t *testing.T) {
	const start, most = 1_735_707_400, maxNonces / 10
	for name, c := range map[string]struct {
		perSecond int // a tenth, as the bound is
		ahead     int64
		seconds   int // more than a timestamp is acceptable
		refuses   bool
	}{
		"2,000, ten minutes":   {200, 300, 700, false},
		"4,000, clocks right":  {400, 0, 350, false},
		"12,000, clocks right": {1200, 0, 350, true},
	} {
		t.Run(name, func(t *testing.T) {
			n, now, old := new(nonces), int64(start), 0
			n.init(most)
			for range c.seconds {
				now++
				for i := range c.perSecond {
					if in, runs := use(n, now, now+c.ahead, i); !in || !runs {
						t.Fatalf("request %d of %s: let in %t, runs %t", i, name, in, runs)
					}
				}
				for age := int64(1); age < 300 && now-age > start+c.ahead; age += 7 { // of the timestamp
					in, runs := use(n, now, now-age, 0)
					require.False(t, runs, "%d s later", age)
					if !in {
						old++
						require.Greater(t, age, int64(leastAge))
					}
				}
			}
			require.Equal(t, c.refuses, old > 0)
			held := 0
			for i := range n.parts {
				held += n.parts[i].n
			}
			require.LessOrEqual(t, held, most+nonceParts)
		})
	}
}

// Of the deliveries with one signature, at the same time, one may run.
func TestOneOfManyBegins(t *testing.T) {
	const signatures, at = 20_000, 1_735_707_400
	var n nonces
	n.init(maxNonces)
	used := make([]Used, signatures)
	for i := range used {
		l := &Letter{Parts: [2][]byte{[]byte("x")}}
		q := query{timestamp: strconv.Itoa(at), nonce: strconv.Itoa(i)}
		require.Nil(t, n.bind(l, token, &q, at, time.Unix(at, 0)))
		used[i] = l.Used
	}
	var begun atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for _, u := range used {
				if n.begin(u) {
					begun.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, signatures, begun.Load())
}

// TestNoncesMemory: at 2,000 a second, the memory of a tenth of the signatures for a
// tenth of the time takes less than a tenth of 64 MiB.
func TestNoncesMemory(t *testing.T) {
	var n nonces
	n.init(maxNonces)
	before := heap()
	now := int64(1_735_707_400)
	for i := range maxNonces / 10 {
		at := now + int64(i)/2000
		l := &Letter{Parts: [2][]byte{[]byte("x")}}
		q := query{timestamp: strconv.FormatInt(at, 10), nonce: strconv.Itoa(i)}
		if refused := n.bind(l, token, &q, at, time.Unix(at-300, 0)); refused != nil {
			t.Fatal(refused)
		}
	}
	grown := heap() - before
	t.Logf("%d KiB for %d signatures", grown>>10, maxNonces/10)
	require.Less(t, grown, int64(64<<20)/10)
	runtime.KeepAlive(&n)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
