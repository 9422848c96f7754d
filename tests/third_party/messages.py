"""Messages: cbor2 reads the same in them, and what it writes of it are the same bytes."""

import io
import json

import cbor2

from vectors import Findings, read


def diagnostic(value: object) -> str:
    """The diagnostic notation of RFC 8949 section 8."""
    match value:
        case bytes():
            return f"h'{value.hex()}'"
        case dict():
            return "{" + ", ".join(f"{diagnostic(name)}: {diagnostic(member)}" for name, member in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(diagnostic, value)) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case int():
            return str(value)
        case _:
            raise TypeError(f"no message holds {value!r}")


if __name__ == "__main__":
    findings = Findings()
    for vector in read("wire"):
        data = bytes.fromhex(vector.input["bytes"])
        if vector.accepted:
            value = cbor2.loads(data)
            findings.compare(f"{vector.name}, written", cbor2.dumps(value), data)
            if isinstance(value, dict):
                value.pop("later", None)
            findings.compare(vector.name, diagnostic(value), vector.accepted["message"])
        elif vector.refused == "trailing":
            stream = io.BytesIO(data)
            cbor2.load(stream)
            findings.compare(f"{vector.name}, bytes after the message", bool(stream.read()), True)
    findings.end()
