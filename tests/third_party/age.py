"""age v1 files with one passphrase (C2SP age), sealed and opened without any code of age."""

import base64
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK_BYTES = 65_536
TAG_BYTES = 16


def open_file(file: bytes, passphrase: str) -> bytes:
    """The plaintext; raises InvalidTag or ValueError when there is none to be had."""
    header, separator, rest = file.partition(b"\n--- ")
    mac, _, body = rest.partition(b"\n")
    version, stanza, wrapped = header.split(b"\n")
    kind, salt, log_n = stanza.removeprefix(b"-> ").split(b" ")
    if version != b"age-encryption.org/v1" or kind != b"scrypt":
        raise ValueError("not a file with a passphrase")
    key = stretch(passphrase, decode(salt), int(log_n))
    file_key = ChaCha20Poly1305(key).decrypt(bytes(12), decode(wrapped), None)
    if not hmac.compare_digest(header_mac(file_key, header), decode(mac)):
        raise ValueError("the header was changed")
    stream = ChaCha20Poly1305(derive(file_key, salt=body[:16], info=b"payload"))
    sealed = [body[at : at + CHUNK_BYTES + TAG_BYTES] for at in range(16, len(body), CHUNK_BYTES + TAG_BYTES)]
    return b"".join(
        stream.decrypt(nonce(index, index == len(sealed) - 1), chunk, None) for index, chunk in enumerate(sealed)
    )


def stretch(passphrase: str, salt: bytes, log_n: int) -> bytes:
    label = b"age-encryption.org/v1/scrypt"
    return hashlib.scrypt(passphrase.encode(), salt=label + salt, n=1 << log_n, r=8, p=1, dklen=32, maxmem=1 << 30)


def header_mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(derive(file_key, salt=b"", info=b"header"), header + b"\n---", "sha256")


def derive(file_key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(file_key)


def nonce(index: int, is_last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([is_last])


def decode(text: bytes) -> bytes:
    return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
