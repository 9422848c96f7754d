// verify_log checks an exported log with golang.org/x/mod/sumdb/note and tlog, which know nothing of us.
//
//	verify_log LOG LOG_VKEY [WITNESS_VKEY...]
//
// LOG is a folder, or an address that begins with http://, with checkpoint, tile/<L>/<N> and tile/entries/<N>, as
// docs/spec/log.md says. What was checked is printed, a line
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

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Tiles are eight levels high: 256 hashes.
const height = 8
const width = 1 << height

// Up to this size every entry and every older size is proven; of larger logs those near the edges of tiles.
const all = 1000

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: verify_log LOG LOG_VKEY [WITNESS_VKEY...]")
		os.Exit(2)
	}
	if err := verify(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
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

// openCheckpoint verifies the note, and reads the tree head in it.
func openCheckpoint(folder, logKey string, witnessKeys []string) (tlog.Tree, error) {
	var none tlog.Tree
	msg, err := read(folder, "checkpoint")
	if err != nil {
		return none, err
	}
	log, err := note.NewVerifier(logKey)
	if err != nil {
		return none, err
	}
	verifiers := []note.Verifier{log}
	for _, key := range witnessKeys {
		witness, err := newCosigner(key)
		if err != nil {
			return none, err
		}
		verifiers = append(verifiers, witness)
	}
	opened, err := note.Open(msg, note.VerifierList(verifiers...))
	if err != nil {
		return none, err
	}
	signed := false
	for _, sig := range opened.Sigs {
		signed = signed || sig.Name == log.Name() && sig.Hash == log.KeyHash()
	}
	if !signed {
		return none, errors.New("the log has not signed it")
	}
	if cosigned := len(opened.Sigs) - 1; cosigned != len(witnessKeys) {
		return none, fmt.Errorf("%d of the %d witnesses have cosigned it", cosigned, len(witnessKeys))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != log.Name() {
		return none, errors.New("not a checkpoint of " + log.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return none, errors.New("the size is malformed")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return none, err
	}
	fmt.Printf("checkpoint: %s, size %d, root %v, %d cosignatures\n", lines[0], size, root, len(witnessKeys))
	return tlog.Tree{N: size, Hash: root}, nil
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
