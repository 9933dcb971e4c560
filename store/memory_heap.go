package store

import "time"

// expiryHeap is a heap with the entry that expires first at its top. Every node
// has four children and its own copy of the expiry, which keeps the way down
// short and within few cache lines; an entry knows its place.
type expiryHeap []expiring

type expiring struct {
	expiry time.Time
	entry  *entry
}

func (h *expiryHeap) push(e *entry) {
	*h = append(*h, expiring{})
	h.up(len(*h)-1, expiring{e.expiry, e})
}

// fix moves an entry to where its new expiry belongs.
func (h expiryHeap) fix(e *entry) {
	h.settle(e.slot, expiring{e.expiry, e})
}

func (h *expiryHeap) remove(e *entry) {
	last := len(*h) - 1
	moved := (*h)[last]
	(*h)[last] = expiring{}
	*h = (*h)[:last]
	if e.slot < last {
		h.settle(e.slot, moved)
	}
}

// settle puts x into the free place i, or to where it belongs above or below.
func (h expiryHeap) settle(i int, x expiring) {
	if i > 0 && x.expiry.Before(h[(i-1)/4].expiry) {
		h.up(i, x)
	} else {
		h.down(i, x)
	}
}

// up fills the free place i with x, or with its parent if x goes further up.
func (h expiryHeap) up(i int, x expiring) {
	for i > 0 {
		parent := (i - 1) / 4
		if !x.expiry.Before(h[parent].expiry) {
			break
		}
		h.place(i, h[parent])
		i = parent
	}
	h.place(i, x)
}

// down fills the free place i with x, or with its first child if x goes further down.
func (h expiryHeap) down(i int, x expiring) {
	for {
		first := 4*i + 1
		if first >= len(h) {
			break
		}
		for c := first + 1; c < min(4*i+5, len(h)); c++ {
			if h[c].expiry.Before(h[first].expiry) {
				first = c
			}
		}
		if !h[first].expiry.Before(x.expiry) {
			break
		}
		h.place(i, h[first])
		i = first
	}
	h.place(i, x)
}

func (h expiryHeap) place(i int, x expiring) {
	h[i] = x
	x.entry.slot = i
}
