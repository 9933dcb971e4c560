package broadcast

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// eventKeep is how long an event is kept that comes before the result of its message, or
// whose message belongs to no broadcast.
const eventKeep = 24 * time.Hour

// Delivery is what the platform reports about a message of a broadcast.
type Delivery struct {
	Broadcast string // its Config.Name
	Receiver  string // its key
	MsgID     string
	Delivered bool
	Status    string // as the event has it, such as "success" or "failed:user block"
}

// LedgerConfig describes a [Ledger].
type LedgerConfig struct {
	// Account distinguishes the accounts that share a store, since the ids of messages
	// are unique within an account only. Use the app id, for instance. Required; at
	// most 64 bytes, without a colon.
	Account string

	// Store keeps the results and the events. Required. The process that receives the
	// events and the one that sends share it.
	Store store.Store

	// Keep is how long a result waits for its event. 0 means 30 days.
	Keep time.Duration

	// OnDelivery receives each delivery once, when both the result and the event are
	// known. It is called in the goroutine of [Ledger.Record] or of [Run], whichever
	// came second. If the process is killed at that moment, the call is lost, but
	// [Ledger.Find] returns the delivery.
	OnDelivery func(context.Context, Delivery)
}

// Ledger matches the delivery events of messages with the results of broadcasts, by the id
// of the message and in any order. It is safe for concurrent use.
//
//	message.On(bot, func(ctx context.Context, e *message.TemplateSendJobFinishEvent) (message.Reply, error) {
//		return nil, ledger.Record(ctx, e.JobMsgID, e.Status == message.TemplateSent, string(e.Status))
//	})
//	message.On(bot, func(ctx context.Context, e *message.SubscribeMsgSentEvent) (message.Reply, error) {
//		for _, r := range e.Results {
//			if err := ledger.Record(ctx, r.MsgID, r.ErrorCode == 0, r.ErrorStatus); err != nil {
//				return nil, err
//			}
//		}
//		return nil, nil
//	})
type Ledger struct{ config LedgerConfig }

// NewLedger returns a ledger.
func NewLedger(c LedgerConfig) (*Ledger, error) {
	if err := checkName("LedgerConfig.Account", c.Account); err != nil {
		return nil, err
	}
	switch {
	case c.Store == nil:
		return nil, errors.New("broadcast: LedgerConfig.Store is nil")
	case c.Keep < 0:
		return nil, errors.New("broadcast: LedgerConfig.Keep is negative")
	}
	set(&c.Keep, defaultKeep)
	return &Ledger{c}, nil
}

// entry is what the store knows of a message: the half from the result, the half from the
// event, or both.
type entry struct {
	Broadcast string `json:"broadcast,omitempty"`
	Receiver  string `json:"receiver,omitempty"`
	Known     bool   `json:"known,omitempty"` // Broadcast and Receiver are
	Reported  bool   `json:"reported,omitempty"`
	Delivered bool   `json:"delivered,omitempty"`
	Status    string `json:"status,omitempty"`
}

func (e entry) delivery(msgID string) Delivery {
	return Delivery{Broadcast: e.Broadcast, Receiver: e.Receiver, MsgID: msgID, Delivered: e.Delivered, Status: e.Status}
}

// Record stores the event of a message. An event that was stored before, or whose
// message does not belong to a broadcast, has no further effect.
func (l *Ledger) Record(ctx context.Context, msgID string, delivered bool, status string) error {
	if msgID == "" || len(msgID) > maxReceiver {
		return fmt.Errorf("broadcast: the event has a message id of %d bytes, 1 to %d are allowed", len(msgID), maxReceiver)
	}
	return l.add(ctx, msgID, func(e *entry) bool {
		if e.Reported {
			return false
		}
		e.Reported, e.Delivered, e.Status = true, delivered, status
		return true
	})
}

// Find returns the delivery of a message. It is found when both the result and the event
// are known.
func (l *Ledger) Find(ctx context.Context, msgID string) (d Delivery, found bool, err error) {
	_, e, err := l.read(ctx, msgID)
	if err != nil || e == nil || !e.Known || !e.Reported {
		return Delivery{}, false, err
	}
	return e.delivery(msgID), true, nil
}

// sent stores the result of a message.
func (l *Ledger) sent(ctx context.Context, broadcast string, r Result) error {
	if len(r.MsgID) > maxReceiver {
		return fmt.Errorf("the message id has %d bytes, at most %d are allowed", len(r.MsgID), maxReceiver)
	}
	return l.add(ctx, r.MsgID, func(e *entry) bool {
		if e.Known {
			return false
		}
		e.Known, e.Broadcast, e.Receiver = true, broadcast, r.Receiver
		return true
	})
}

func (l *Ledger) key(msgID string) string { return keyPrefix(l.config.Account) + "msg:" + msgID }

func (l *Ledger) read(ctx context.Context, msgID string) (raw []byte, e *entry, err error) {
	raw, found, err := l.config.Store.Get(ctx, l.key(msgID))
	if err != nil || !found {
		return nil, nil, err
	}
	e = &entry{}
	if err := json.Unmarshal(raw, e); err != nil {
		return nil, nil, fmt.Errorf("broadcast: the entry of message %q is not readable: %w", msgID, err)
	}
	return raw, e, nil
}

// add adds one half of an entry. If the other half is there, it calls OnDelivery.
func (l *Ledger) add(ctx context.Context, msgID string, half func(*entry) (changed bool)) error {
	var complete *entry
	err := try(ctx, func(ctx context.Context) error {
		for attempts := 1; ; attempts++ {
			raw, e, err := l.read(ctx, msgID)
			if err != nil {
				return err
			}
			if e == nil {
				e = &entry{}
			}
			if !half(e) {
				return nil
			}
			keep := l.config.Keep
			if !e.Known {
				keep = min(keep, eventKeep)
			}
			written, err := l.put(ctx, msgID, raw, e, keep)
			if err != nil {
				return err
			}
			if written {
				complete = e
				return nil
			}
			if err := conflicts.Wait(ctx, attempts); err != nil {
				return err
			}
		}
	})
	if err == nil && complete != nil && complete.Known && complete.Reported && l.config.OnDelivery != nil {
		l.config.OnDelivery(ctx, complete.delivery(msgID))
	}
	return err
}

// put writes an entry in place of old, which is nil if there was none.
func (l *Ledger) put(ctx context.Context, msgID string, old []byte, e *entry, keep time.Duration) (bool, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return false, err
	}
	if old == nil {
		return l.config.Store.SetIfAbsent(ctx, l.key(msgID), raw, keep)
	}
	return l.config.Store.CompareAndSwap(ctx, l.key(msgID), old, raw, keep)
}
