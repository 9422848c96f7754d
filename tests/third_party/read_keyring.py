#!/usr/bin/env python3
"""Opens the keyring of a node as docs/spec/home.md says, and prints its peer id and the seeds of its node and sign keys.

read_keyring.py KEYRING PASSPHRASE_FILE
"""

import base64
import json
import sys

import base58
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import age


def main():
    keyring, passphrase_file = sys.argv[1:]
    with open(keyring, "rb") as file, open(passphrase_file, encoding="utf-8") as passphrase:
        keys = json.loads(age.open_file(file.read(), passphrase.readline().rstrip("\n")))
    node, sign = (base64.urlsafe_b64decode(keys[name] + "=") for name in ("node", "sign"))
    public = Ed25519PrivateKey.from_private_bytes(node).public_key().public_bytes_raw()
    # wire.md, "Identity".
    peer_id = base58.b58encode(bytes.fromhex("002408011220") + public).decode()
    print(json.dumps({"peer_id": peer_id, "node": node.hex(), "sign": sign.hex()}))


if __name__ == "__main__":
    main()
