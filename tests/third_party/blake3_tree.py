"""Subtree hashes of BLAKE3, and how they lead to the root: docs/spec/document.md, which the package blake3 has no function for.

Many chunks are compressed at once: a word of all of them is one large integer, with 64 bits for the 32 of each.
"""

from array import array

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
MIXED = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
CHUNK_BYTES, SUBTREE_BYTES = 1024, 1 << 20


def lanes(words):
    return int.from_bytes(array("Q", words).tobytes(), "little")


def compress(chaining, block, counters, length, flags):
    """The compression function on as many blocks as there are counters; each argument but the last three is lanes."""
    ones = lanes([1] * len(counters))
    mask = ones * 0xFFFFFFFF
    v = [*chaining, *(word * ones for word in IV[:4]), lanes(c & 0xFFFFFFFF for c in counters), lanes(c >> 32 for c in counters),
         length * ones, flags * ones]
    for _ in range(7):
        for turn, (a, b, c, d) in enumerate(MIXED):
            for word, right, further in ((block[2 * turn], 16, 12), (block[2 * turn + 1], 8, 7)):
                v[a] = v[a] + v[b] + word & mask
                v[d] ^= v[a]
                v[d] = (v[d] >> right | v[d] << 32 - right) & mask
                v[c] = v[c] + v[d] & mask
                v[b] ^= v[c]
                v[b] = (v[b] >> further | v[b] << 32 - further) & mask
        block = [block[i] for i in ORDER]
    return [v[i] ^ v[i + 8] for i in range(8)]


def hashes_of(chaining, count):
    words = [array("Q", word.to_bytes(8 * count, "little")) for word in chaining]
    return [b"".join(word[i].to_bytes(4, "little") for word in words) for i in range(count)]


def chunks(data, first):
    """The chaining values of the chunks of `data`, of which the first has the counter `first`."""
    whole = len(data) // CHUNK_BYTES
    parts = [(data[:whole * CHUNK_BYTES], CHUNK_BYTES, range(first, first + whole))] if whole else []
    if len(data) % CHUNK_BYTES:
        parts.append((data[whole * CHUNK_BYTES:], len(data) % CHUNK_BYTES, [first + whole]))
    found = []
    for part, length, counters in parts:
        blocks = -(-length // 64)
        words = array("I", part.ljust(len(counters) * blocks * 64, b"\0"))
        chaining = [word * lanes([1] * len(counters)) for word in IV]
        for block in range(blocks):
            flags = (CHUNK_START if block == 0 else 0) | (CHUNK_END if block == blocks - 1 else 0)
            block_words = [lanes(words[block * 16 + i::blocks * 16]) for i in range(16)]
            chaining = compress(chaining, block_words, counters, min(64, length - block * 64), flags)
        found += hashes_of(chaining, len(counters))
    return found


def join(hashes, flags=PARENT):
    """What the hashes lead to; with PARENT | ROOT and at least two hashes the content root."""
    if len(hashes) == 1:
        return hashes[0]
    left = 1 << (len(hashes) - 1).bit_length() - 1
    block = array("I", join(hashes[:left]) + join(hashes[left:]))
    return hashes_of(compress(IV, block, [0], 64, flags), 1)[0]


def subtree_hash(data, number):
    return join(chunks(data, number * SUBTREE_BYTES // CHUNK_BYTES))
