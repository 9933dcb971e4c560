package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/user"
)

var header = []string{"openid", "unionid", "followed", "scene", "language", "tags", "remark"}

// table is a CSV file with a row for each follower.
type table struct {
	have map[string]bool // followers that had a row when the file was opened

	mu   sync.Mutex
	file *os.File
	err  error // of the first row that could not be written
}

// openTable opens a file, or makes one. A row that a killed run has written in part is
// removed.
func openTable(name string) (*table, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	t := &table{have: map[string]bool{}, file: file}
	if err := t.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), file.Close())
	}
	return t, nil
}

func (t *table) read() error {
	rows := csv.NewReader(t.file)
	rows.ReuseRecord = true
	var whole int64 // end of the last whole row
	for first := true; ; first = false {
		row, err := rows.Read()
		end := rows.InputOffset()
		switch {
		case err == io.EOF && first:
			return t.write([][]string{header})
		case err != nil && !first || err == nil && !t.endsLine(end): // cut off, or the end
			if err := t.file.Truncate(whole); err != nil {
				return err
			}
			_, err := t.file.Seek(whole, io.SeekStart)
			if whole == 0 && err == nil {
				err = t.write([][]string{header})
			}
			return err
		case err != nil:
			return err
		case first && row[0] != header[0]:
			return errors.New("is not a table of followers")
		case !first:
			t.have[strings.Clone(row[0])] = true
		}
		whole = end
	}
}

// endsLine reports whether a line break stands before the offset.
func (t *table) endsLine(offset int64) bool {
	var last [1]byte
	_, err := t.file.ReadAt(last[:], offset-1)
	return err == nil && last[0] == '\n'
}

// add writes the rows of a call, all at once.
func (t *table) add(profiles []user.Profile) error {
	var rows [][]string
	for _, p := range profiles {
		var tags []string
		for _, id := range p.TagIDs {
			tags = append(tags, strconv.Itoa(id))
		}
		rows = append(rows, []string{
			p.OpenID, p.UnionID, p.Followed.Format(time.RFC3339), string(p.Scene), string(p.Language), strings.Join(tags, " "), safe(p.Remark),
		})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = t.write(rows)
	}
	if t.err != nil {
		return fmt.Errorf("%w: %w", broadcast.ErrSkip, t.err)
	}
	return nil
}

// safe keeps a spreadsheet from reading a text as a formula.
func safe(text string) string {
	if strings.IndexAny(text, "=+-@\t\r") == 0 {
		return "'" + text
	}
	return text
}

func (t *table) write(rows [][]string) error {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	_, err := t.file.Write(text.Bytes())
	return err
}

// broken returns the error of the first row that could not be written.
func (t *table) broken() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func (t *table) Close() error { return t.file.Close() }
