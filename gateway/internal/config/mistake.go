package config

import (
	"errors"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	unknownField = regexp.MustCompile(`not found in type config\.(\w+)$`)
	noDuration   = regexp.MustCompile(`cannot unmarshal \S+ (.+) into time\.Duration$`)
)

// explain returns the error of the decoder in the words of the file: it names the fields
// that are possible, and not types of Go.
func explain(err error) error {
	mistakes, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return err
	}
	var lines []string
	for _, line := range mistakes.Errors {
		if m := unknownField.FindStringSubmatch(line); m != nil {
			line = strings.TrimSuffix(line, m[0]) + "not found; the fields here are " + strings.Join(fields(reflect.TypeFor[File](), m[1]), ", ")
		}
		line = noDuration.ReplaceAllString(line, "per is $1, but must be a duration with a unit, such as 1s, 1m or 24h")
		lines = append(lines, line)
	}
	return errors.New(strings.Join(lines, "; "))
}

// fields returns the names that the struct type called name has in the file. It looks
// for the type in t and in the types of its fields.
func fields(t reflect.Type, name string) (names []string) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for _, f := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case tag == "":
		case t.Name() == name:
			names = append(names, tag)
		default:
			if inner := fields(f.Type, name); inner != nil {
				return inner
			}
		}
	}
	return names
}
