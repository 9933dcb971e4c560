package message_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/message/internal/gate"
	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// The exported constants are written out, so that their documentation shows them. They
// are converted from those of the internal packages.
func TestConstantsOfTheInternalPackages(t *testing.T) {
	t.Parallel()
	for reason, internal := range map[message.Reason]gate.Reason{
		message.ReasonParameter: gate.Parameter,
		message.ReasonTimestamp: gate.Timestamp,
		message.ReasonSignature: gate.Signature,
		message.ReasonNonce:     gate.Nonce,
		message.ReasonPlaintext: gate.Plaintext,
		message.ReasonNoKey:     gate.NoKey,
		message.ReasonDecrypt:   gate.Decrypt,
		message.ReasonAppID:     gate.AppID,
		message.ReasonForged:    gate.Forged,
		message.ReasonSource:    gate.Source,
		message.ReasonEmpty:     gate.Empty,
		message.ReasonMalformed: gate.Malformed,
		message.ReasonTooLarge:  gate.TooLarge,
		message.ReasonTooSlow:   gate.TooSlow,
		message.ReasonMemory:    gate.Memory,
		message.ReasonUnwanted:  gate.Unwanted,
	} {
		require.Equal(t, string(internal), string(reason))
	}
	require.EqualValues(t, gate.CloudPublic, message.CloudHostingPublic)
	require.EqualValues(t, gate.CloudPrivate, message.CloudHostingPrivate)
	require.EqualValues(t, tree.XML, message.XML)
	require.EqualValues(t, tree.JSON, message.JSON)
}
