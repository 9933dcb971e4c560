package token
import ("testing";"fmt";"time";"strings")
func TestProbe(t *testing.T){ x:=struct{tok Token}{New("PROBEVALUE",time.Time{})}
 for _,v:=range []string{"%v","%s","%d","%x","%q"} { s:=fmt.Sprintf(v,x); if strings.Contains(s,"PROBEVALUE")||strings.Contains(s,fmt.Sprintf("%x","PROBEVALUE")) {t.Error(v,"leaks")} } }
