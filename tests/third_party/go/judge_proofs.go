// judge_proofs has golang.org/x/mod/sumdb/tlog judge our vectors of roots, inclusion and consistency.
//
//	judge_proofs FOLDER
//
// FOLDER holds log-root, log-inclusion and log-consistency, as tests/vectors does. Each file that gets another verdict is a
// line; the last line says how many were judged. Exit code 0 when all agree.
package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// A vector: what is given, and whether it is accepted.
type vector struct {
	Input    json.RawMessage
	Expected struct {
		Accepted *struct {
			Size uint64
			Root tlog.Hash
		}
	}
}

type head struct {
	Size uint64
	Root tlog.Hash
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: judge_proofs FOLDER")
		os.Exit(2)
	}
	judged, faults := 0, 0
	for folder, judge := range map[string]func(vector) error{
		"log-root": root, "log-inclusion": inclusion, "log-consistency": consistency,
	} {
		files, _ := filepath.Glob(filepath.Join(os.Args[1], folder, "*.json"))
		for _, file := range files {
			judged++
			if err := compare(file, judge); err != nil {
				fmt.Println(file, err)
				faults++
			}
		}
	}
	fmt.Printf("%d judged, %d faults\n", judged, faults)
	if judged == 0 || faults > 0 {
		os.Exit(1)
	}
}

func compare(file string, judge func(vector) error) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var v vector
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	err = judge(v)
	if (err == nil) != (v.Expected.Accepted != nil) {
		return fmt.Errorf("is judged otherwise: %v", err)
	}
	return nil
}

func root(v vector) error {
	var input struct {
		Entries         []string
		Entries_by_rule int
	}
	if err := json.Unmarshal(v.Input, &input); err != nil {
		return err
	}
	var entries [][]byte
	for _, text := range input.Entries {
		entry, err := hex.DecodeString(text)
		if err != nil {
			return err
		}
		entries = append(entries, entry)
	}
	for i := 0; i < input.Entries_by_rule; i++ {
		entries = append(entries, []byte(fmt.Sprintf("entry %d", i)))
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for i, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(i), entry, reader)
		if err != nil {
			return err
		}
		stored = append(stored, hashes...)
	}
	expected := v.Expected.Accepted
	if len(entries) == 0 {
		// This release has no root for an empty tree.
		return nil
	}
	found, err := tlog.TreeHash(int64(len(entries)), reader)
	if err == nil && (found != expected.Root || uint64(len(entries)) != expected.Size) {
		err = fmt.Errorf("%d entries, root %v", len(entries), found)
	}
	return err
}

func inclusion(v vector) error {
	var input struct {
		Leaf, Root  tlog.Hash
		Index, Size uint64
		Proof       tlog.RecordProof
	}
	if err := json.Unmarshal(v.Input, &input); err != nil {
		return err
	}
	if input.Index > math.MaxInt64 || input.Size > math.MaxInt64 {
		return errors.New("beyond 63 bits")
	}
	return tlog.CheckRecord(input.Proof, int64(input.Size), input.Root, int64(input.Index), input.Leaf)
}

func consistency(v vector) error {
	var input struct {
		Old, New head
		Proof    tlog.TreeProof
	}
	if err := json.Unmarshal(v.Input, &input); err != nil {
		return err
	}
	if input.Old.Size > math.MaxInt64 || input.New.Size > math.MaxInt64 {
		return errors.New("beyond 63 bits")
	}
	return tlog.CheckTree(input.Proof, int64(input.New.Size), input.New.Root, int64(input.Old.Size), input.Old.Root)
}
