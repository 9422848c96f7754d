// verify_log checks an exported log with golang.org/x/mod/sumdb/note and tlog, which know nothing of us.
//
//	verify_log LOG LOG_VKEY [WITNESS_VKEY...]
//	verify_log receipt FILE MANIFEST LOG_VKEY [WITNESS_VKEY...]
//
// LOG is a folder, or an address that begins with http://, with checkpoint, tile/<L>/<N> and tile/entries/<N>, as docs/spec/log.md
// says; FILE and MANIFEST are members of an evidence file. Of an export all the witnesses must have cosigned; of a receipt those that have are named. What was checked is printed, a line
// each. Anything that does not fit ends it with one line and exit code 1; wrong usage with exit code 2.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Tiles are eight levels high: 256 hashes.
const height = 8
const width = 1 << height

// Up to this size every entry and every older size is proven; of larger logs those near the edges of tiles.
const all = 1000

func main() {
	args := os.Args[1:]
	receipt := len(args) > 0 && args[0] == "receipt"
	if len(args) < 2 || receipt && len(args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: verify_log LOG LOG_VKEY [WITNESS_VKEY...]")
		fmt.Fprintln(os.Stderr, "       verify_log receipt FILE MANIFEST LOG_VKEY [WITNESS_VKEY...]")
		os.Exit(2)
	}
	var err error
	if receipt {
		err = verifyReceipt(args[1], args[2], args[3], args[4:])
	} else {
		err = verify(args[0], args[1], args[2:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "verify_log:", err)
		os.Exit(1)
	}
}

func verify(folder, logKey string, witnessKeys []string) error {
	tree, err := openCheckpoint(folder, logKey, witnessKeys)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if tree.N == 0 {
		return errors.New("checkpoint: an empty log has no tiles to check")
	}
	reader := tlog.TileHashReader(tree, tiles(folder))
	if err := checkRoot(tree, reader); err != nil {
		return fmt.Errorf("root: %w", err)
	}
	leaves, err := checkEntries(folder, tree, reader)
	if err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	if err := checkInclusion(tree, reader, leaves); err != nil {
		return fmt.Errorf("inclusion: %w", err)
	}
	if err := checkConsistency(tree, reader); err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	fmt.Println("all good")
	return nil
}

// verifyReceipt checks that the log holds the manifest, and names those who have cosigned that.
func verifyReceipt(file, manifestFile, logKey string, witnessKeys []string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	manifest, err := os.ReadFile(manifestFile)
	if err != nil {
		return err
	}
	before, msg, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(before, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("the receipt is none")
	}
	salt, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if !strings.HasPrefix(lines[1], "extra ") || err != nil || len(salt) != 32 {
		return errors.New("the receipt has no salt")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil || index < 0 || lines[2] != "index "+strconv.FormatInt(index, 10) {
		return errors.New("the receipt has no index")
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, opened, err := openNote([]byte(msg), logKey, witnessKeys)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	tag := "budstikke/record/v1"
	digest := sha256.Sum256(manifest)
	commitment := sha256.New()
	commitment.Write(append([]byte{byte(len(tag))}, tag...))
	commitment.Write(salt)
	commitment.Write(digest[:])
	leaf := tlog.RecordHash(commitment.Sum([]byte{1}))
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	fmt.Printf("record: the manifest is entry %d of %d\n", index, tree.N)
	for _, sig := range opened.Sigs {
		if strings.HasPrefix(logKey, sig.Name+"+") {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(sig.Base64)
		if err != nil || len(raw) != 76 {
			return errors.New("a cosignature is malformed")
		}
		seconds := time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0)
		fmt.Printf("cosigned: %s, %s\n", seconds.UTC().Format(time.RFC3339), sig.Name)
	}
	fmt.Println("all good")
	return nil
}

// openCheckpoint verifies the note of an export, and reads the tree head in it.
func openCheckpoint(folder, logKey string, witnessKeys []string) (tlog.Tree, error) {
	msg, err := read(folder, "checkpoint")
	if err != nil {
		return tlog.Tree{}, err
	}
	tree, opened, err := openNote(msg, logKey, witnessKeys)
	if err != nil {
		return tree, err
	}
	if cosigned := len(opened.Sigs) - 1; cosigned != len(witnessKeys) {
		return tree, fmt.Errorf("%d of the %d witnesses have cosigned it", cosigned, len(witnessKeys))
	}
	return tree, nil
}

// openNote verifies a note of the log, and reads the tree head in it.
func openNote(msg []byte, logKey string, witnessKeys []string) (tlog.Tree, *note.Note, error) {
	tree, opened, err := open(msg, logKey, witnessKeys)
	if err == nil {
		fmt.Printf("checkpoint: %s, size %d, root %v, %d cosignatures\n", logKey[:strings.Index(logKey, "+")], tree.N, tree.Hash, len(opened.Sigs)-1)
	}
	return tree, opened, err
}

func open(msg []byte, logKey string, witnessKeys []string) (tlog.Tree, *note.Note, error) {
	var none tlog.Tree
	log, err := note.NewVerifier(logKey)
	if err != nil {
		return none, nil, err
	}
	verifiers := []note.Verifier{log}
	for _, key := range witnessKeys {
		witness, err := newCosigner(key)
		if err != nil {
			return none, nil, err
		}
		verifiers = append(verifiers, witness)
	}
	opened, err := note.Open(msg, note.VerifierList(verifiers...))
	if err != nil {
		return none, nil, err
	}
	signed := false
	for _, sig := range opened.Sigs {
		signed = signed || sig.Name == log.Name() && sig.Hash == log.KeyHash()
	}
	if !signed {
		return none, nil, errors.New("the log has not signed it")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != log.Name() {
		return none, nil, errors.New("not a checkpoint of " + log.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return none, nil, errors.New("the size is malformed")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return none, nil, err
	}
	return tlog.Tree{N: size, Hash: root}, opened, nil
}

// checkRoot computes the root from the tiles of the right edge.
func checkRoot(tree tlog.Tree, reader tlog.HashReader) error {
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the tiles lead to %v", root)
	}
	fmt.Println("root: the tiles lead to it")
	return nil
}

// checkEntries compares the hash of every entry with its leaf, which the reader has verified up to the root.
func checkEntries(folder string, tree tlog.Tree, reader tlog.HashReader) ([]tlog.Hash, error) {
	var leaves []tlog.Hash
	for n := int64(0); n*width < tree.N; n++ {
		w := tree.N - n*width
		if w > width {
			w = width
		}
		bundle, err := read(folder, "tile/entries/"+number(n)+partial(int(w)))
		if err != nil {
			return nil, err
		}
		var indexes []int64
		for i := int64(0); i < w; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, n*width+i))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return nil, err
		}
		for i, hash := range hashes {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return nil, fmt.Errorf("bundle %d is cut short", n)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			if tlog.RecordHash(bundle[2:end]) != hash {
				return nil, fmt.Errorf("entry %d is not what the tree holds", n*width+int64(i))
			}
			bundle = bundle[end:]
		}
		if len(bundle) != 0 {
			return nil, fmt.Errorf("bundle %d has bytes behind its last entry", n)
		}
		leaves = append(leaves, hashes...)
	}
	fmt.Printf("entries: %d, each is what the tree holds\n", len(leaves))
	return leaves, nil
}

func checkInclusion(tree tlog.Tree, reader tlog.HashReader, leaves []tlog.Hash) error {
	count := 0
	for _, n := range chosen(0, tree.N-1) {
		proof, err := tlog.ProveRecord(tree.N, n, reader)
		if err == nil {
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, n, leaves[n])
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
		count++
	}
	fmt.Printf("inclusion: %d proofs\n", count)
	return nil
}

func checkConsistency(tree tlog.Tree, reader tlog.HashReader) error {
	count := 0
	for _, n := range chosen(1, tree.N) {
		root, err := tlog.TreeHash(n, reader)
		if err != nil {
			return fmt.Errorf("size %d: %w", n, err)
		}
		proof, err := tlog.ProveTree(tree.N, n, reader)
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, n, root)
		}
		if err != nil {
			return fmt.Errorf("size %d: %w", n, err)
		}
		count++
	}
	fmt.Printf("consistency: %d proofs\n", count)
	return nil
}

// chosen gives every number of a short range; of a long one its ends, and what lies beside every 64th edge of a tile.
func chosen(first, last int64) []int64 {
	var numbers []int64
	for n := first; n <= last; n++ {
		beside := (n+1)%(64*width) <= 2
		if last <= all || n < first+2 || n > last-2 || beside {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// read gives the file of a log with this name.
func read(folder, name string) ([]byte, error) {
	if !strings.HasPrefix(folder, "http://") {
		return os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
	}
	answer, err := http.Get(strings.TrimSuffix(folder, "/") + "/" + name)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", name, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 1<<25))
}

// tiles reads the tiles of a log; x/mod writes the height into its paths, an export does not.
type tiles string

func (folder tiles) Height() int { return height }

func (folder tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (folder tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		hashes, err := read(string(folder), "tile/"+strconv.Itoa(tile.L)+"/"+number(tile.N)+partial(tile.W))
		if err != nil {
			return nil, err
		}
		data = append(data, hashes)
	}
	return data, nil
}

// number is the number of a tile in groups of three digits.
func number(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}

// partial is the end of the name of a tile that is not full.
func partial(w int) string {
	if w == width {
		return ""
	}
	return fmt.Sprintf(".p/%d", w)
}

// cosigner verifies cosignature/v1, which x/mod does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("malformed witness key")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, errors.New("malformed witness key")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", sum[:4]) != parts[1] {
		return nil, errors.New("the id of the witness key is another")
	}
	return &cosigner{parts[0], binary.BigEndian.Uint32(sum[:]), key[1:]}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	var signed bytes.Buffer
	fmt.Fprintf(&signed, "cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(c.key, signed.Bytes(), sig[8:])
}
