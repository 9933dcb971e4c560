package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheConstantsAreUpToDate(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("../../../errcode/errcodes.tsv")
	require.NoError(t, err)
	want, err := generate(string(table))
	require.NoError(t, err)
	got, err := os.ReadFile("../../../errcode/codes.go")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run go generate ./errcode")
}

func TestABadTableIsRefused(t *testing.T) {
	t.Parallel()
	for name, table := range map[string]string{
		"header":     "code\n1\tA\tparam\tno\tText",
		"columns":    header + "\n1\tA\tparam\tno",
		"empty":      header + "\n1\tA\tparam\tno\t",
		"number":     header + "\nx\tA\tparam\tno\tText",
		"identifier": header + "\n1\ta\tparam\tno\tText",
		"symbol":     header + "\n1\tA\tparam\tno\tText\n2\tA\tparam\tno\tText",
		"code":       header + "\n1\tA\tparam\tno\tText\n1\tB\tparam\tno\tText",
	} {
		_, err := generate(table)
		require.Error(t, err, name)
	}
}
