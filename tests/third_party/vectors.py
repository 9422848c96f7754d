"""Reads the vectors, and ends a script: every fault on a line, and how much was looked at."""

import json
import pathlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).parent.parent / "vectors"


@dataclass(frozen=True)
class Vector:
    name: str
    input: dict
    accepted: dict | None
    refused: str | None


def read(*folders: str) -> Iterator[Vector]:
    for folder in folders:
        for file in sorted((ROOT / folder).glob("*.json")):
            case = json.loads(file.read_text(encoding="utf-8"))
            expected = case["expected"]
            yield Vector(f"{folder}/{file.stem}", case["input"], expected.get("accepted"), expected.get("refused"))


def by_rule(source: dict) -> bytes:
    assert source["rule"] == "byte i = i mod 251"
    return bytes(i % 251 for i in range(source["from"], source["from"] + source["size"]))


class Findings:
    """What a script has looked at, and where it found something else than the vector says."""

    def __init__(self) -> None:
        self.count = 0
        self.faults: list[str] = []

    def compare(self, what: str, found: object, expected: object) -> None:
        self.count += 1
        if found != expected:
            self.faults.append(f"{what}: found {found!r}, the vector says {expected!r}")

    def end(self) -> None:
        for fault in self.faults:
            print(fault)
        print(f"{self.count} comparisons, {len(self.faults)} faults")
        sys.exit(1 if self.faults or not self.count else 0)
