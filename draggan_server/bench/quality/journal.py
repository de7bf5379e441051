"""Records kept as they are measured, so that a long run can be broken off and continued."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from draggan_server.bench.quality.record import Record
from draggan_server.wire.errors import BadInput


class Journal:
    """A file of records, one a line, under a heading that says what run they are of.

    Raises `BadInput` where the file is of another run. A line that was cut off is measured again.
    """

    def __init__(self, path: Path, heading: dict[str, Any]) -> None:
        self._path = path
        self._kept: dict[tuple[str, int], list[Record]] = {}
        text = json.dumps(heading, sort_keys=True)
        lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
        if lines and lines[0] != text:
            raise BadInput(
                f"{path} has figures of a run with another model or other options. "
                "Choose another folder with --out, or delete the file."
            )
        whole = lines[1:-1]
        for line in whole:
            drag = [Record(**record) for record in json.loads(line)]
            self._kept[drag[0].kind, drag[0].number] = drag
        path.write_text("\n".join([text, *whole, ""]), encoding="utf-8")

    def find(self, kind: str, number: int) -> list[Record] | None:
        """The records of a drag, None where it is still to be done."""
        return self._kept.get((kind, number))

    def add(self, records: Iterable[Record]) -> None:
        """Keep the records of one drag, on the disk at once."""
        line = json.dumps([record.to_json() for record in records])
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
