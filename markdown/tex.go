package markdown

import (
	"strings"
	"unicode/utf8"
)

// readable writes a formula with Unicode characters, as far as there are some. What it
// does not know stays TeX.
func readable(tex string) string {
	r := texReader{s: tex}
	return strings.TrimSpace(blanks.Replace(r.until("")))
}

// blanks shortens what removed commands leave behind.
var blanks = strings.NewReplacer("   ", " ", "  ", " ")

// texReader converts TeX from left to right.
type texReader struct {
	s     string
	depth int
}

// maxGroups is the number of groups inside each other that are read.
const maxGroups = 32

// until converts up to a closing character, which it consumes.
func (r *texReader) until(end string) string {
	var b strings.Builder
	for r.s != "" && (end == "" || !strings.HasPrefix(r.s, end)) {
		b.WriteString(r.next())
	}
	r.s = strings.TrimPrefix(r.s, end)
	return b.String()
}

// next converts one character, command or group.
func (r *texReader) next() string {
	c, n := utf8.DecodeRuneInString(r.s)
	r.s = r.s[n:]
	switch c {
	case '\\':
		return r.command()
	case '{':
		return r.group()
	case '}', '&', '$':
		return ""
	case '^':
		return script(r.argument(), "^", superscripts)
	case '_':
		return script(r.argument(), "_", subscripts)
	}
	return string(c)
}

// group converts a group whose opening brace is consumed.
func (r *texReader) group() string {
	if r.depth++; r.depth > maxGroups {
		rest := r.s
		r.s = ""
		return "{" + rest
	}
	defer func() { r.depth-- }()
	return r.until("}")
}

// argument converts the argument of a command: a group, a command or one character.
func (r *texReader) argument() string {
	if r.depth++; r.depth > maxGroups {
		return ""
	}
	defer func() { r.depth-- }()
	if r.s = strings.TrimLeft(r.s, " \n"); r.s == "" {
		return ""
	}
	return strings.TrimSpace(r.next())
}

// command converts a command whose backslash is consumed.
func (r *texReader) command() string {
	n := 0
	for n < len(r.s) && (r.s[n]|0x20 >= 'a' && r.s[n]|0x20 <= 'z') {
		n++
	}
	if n == 0 {
		return r.escaped()
	}
	name := r.s[:n]
	r.s = r.s[n:]
	switch name {
	case "frac", "dfrac", "tfrac", "cfrac":
		above := r.argument()
		return together(above) + "/" + together(r.argument())
	case "sqrt":
		root := ""
		if rest, ok := strings.CutPrefix(r.s, "["); ok {
			r.s = rest
			root = script(r.until("]"), "", superscripts)
		}
		return root + "√" + together(r.argument())
	case "text", "textbf", "textit", "textrm", "mathrm", "mathbf", "mathit", "mathsf", "mathbb", "mathcal", "operatorname", "boldsymbol", "boxed", "vec", "overline", "hat", "bar", "tilde":
		return r.argument()
	case "begin", "end":
		r.argument()
		return ""
	case "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "displaystyle", "limits", "nonumber":
		r.s = strings.TrimPrefix(r.s, ".")
		return ""
	}
	if symbol, ok := symbols[name]; ok {
		return symbol
	}
	return `\` + name
}

// escaped converts a command that is one character.
func (r *texReader) escaped() string {
	if r.s == "" {
		return `\`
	}
	c, n := utf8.DecodeRuneInString(r.s)
	r.s = r.s[n:]
	switch c {
	case '\\':
		return "\n"
	case ',', ';', ':', ' ', '!':
		return " "
	}
	return string(c)
}

// together puts parentheses around an expression of several characters.
func together(s string) string {
	if strings.ContainsAny(s, " +-−*/=×·÷,") {
		return "(" + s + ")"
	}
	return s
}

// script writes an exponent or an index.
func script(s, mark, small string) string {
	var b strings.Builder
	for _, c := range s {
		i := strings.IndexRune(scripted, c)
		if i < 0 {
			if utf8.RuneCountInString(s) == 1 {
				return mark + s
			}
			return mark + "(" + s + ")"
		}
		b.WriteRune([]rune(small)[utf8.RuneCountInString(scripted[:i])])
	}
	return b.String()
}

// The characters that exist as exponents and as indexes, in the same order.
const (
	scripted     = "0123456789+-=()nix"
	superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣ"
	subscripts   = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙᵢₓ"
)

var symbols = map[string]string{
	"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
	"theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
	"rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
	"Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",

	"times": "×", "div": "÷", "cdot": "·", "pm": "±", "mp": "∓", "ast": "*", "star": "⋆", "circ": "∘", "oplus": "⊕", "otimes": "⊗",
	"le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "sim": "∼", "propto": "∝",
	"lt": "<", "gt": ">", "ll": "≪", "gg": "≫",
	"in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆", "supset": "⊃", "cup": "∪", "cap": "∩", "emptyset": "∅",
	"forall": "∀", "exists": "∃", "neg": "¬", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨",
	"to": "→", "rightarrow": "→", "leftarrow": "←", "Rightarrow": "⇒", "implies": "⇒", "Leftrightarrow": "⇔", "iff": "⇔", "mapsto": "↦",
	"sum": "∑", "prod": "∏", "int": "∫", "iint": "∬", "oint": "∮", "partial": "∂", "nabla": "∇", "infty": "∞",
	"ldots": "…", "dots": "…", "cdots": "⋯", "prime": "′", "degree": "°", "angle": "∠", "perp": "⊥", "parallel": "∥", "triangle": "△",
	"mid": "|", "vert": "|", "Vert": "‖", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
	"quad": " ", "qquad": " ", "space": " ", "therefore": "∴", "because": "∵",
	"sin": "sin", "cos": "cos", "tan": "tan", "log": "log", "ln": "ln", "exp": "exp", "lim": "lim", "max": "max", "min": "min", "det": "det", "gcd": "gcd", "mod": "mod", "bmod": "mod",
}
