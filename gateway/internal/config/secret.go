package config

import (
	"errors"
	"fmt"
	"io"
	"regexp"

	"go.yaml.in/yaml/v3"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// Secret is a value from the environment. It prints as the name of its variable.
type Secret struct {
	name  string
	value secret.String
}

// variable is how a Secret is written.
var variable = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)

// UnmarshalYAML reads "${NAME}".
func (s *Secret) UnmarshalYAML(n *yaml.Node) error {
	m := variable.FindStringSubmatch(n.Value)
	if n.Kind != yaml.ScalarNode || m == nil {
		return fmt.Errorf("line %d: a secret must come from the environment: write ${NAME}", n.Line)
	}
	s.name = m[1]
	return nil
}

// resolve looks up the variable.
func (s *Secret) resolve(env func(string) (string, bool)) error {
	if s.name == "" {
		return nil
	}
	value, _ := env(s.name)
	if value == "" {
		return errors.New("the environment variable " + s.name + " is not set")
	}
	s.value = secret.New(value)
	return nil
}

// Value returns the secret itself. It is empty if the file does not set it.
func (s Secret) Value() string { return s.value.Value() }

// given reports whether the file sets the secret.
func (s Secret) given() bool { return s.name != "" }

// Format implements fmt.Formatter. It writes the name of the variable, as the file does.
func (s Secret) Format(f fmt.State, _ rune) {
	if s.name != "" {
		_, _ = io.WriteString(f, "${"+s.name+"}")
	}
}

// MarshalText implements encoding.TextMarshaler. It returns what Format writes.
func (s Secret) MarshalText() ([]byte, error) { return fmt.Append(nil, s), nil }
