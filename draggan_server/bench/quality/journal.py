"""Records kept as they are measured, so that a long run can be broken off and continued."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from draggan_server.bench.quality.record import Record
from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document


@dataclass(frozen=True)
class _Line:
    """What was measured of one drag."""

    kind: str
    number: int
    records: tuple[Record, ...]


class Journal:
    """A file of records, one a line, under a heading that says what run they are of.

    Raises `BadInput` where the file is of another run, or damaged. A line that was cut off is
    measured again.
    """

    def __init__(self, path: Path, heading: dict[str, Any]) -> None:
        self._path = path
        self._kept: dict[tuple[str, int], Sequence[Record]] = {}
        text = json.dumps(heading, sort_keys=True)
        lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
        if lines and lines[0] != text:
            raise BadInput(
                f"{path} has figures of a run with another model or other options. "
                "Choose another folder with --out, or delete the file."
            )
        whole = lines[1:-1]
        for number, line in enumerate(whole, start=2):
            try:
                drag = from_document(_Line, parse(line))
            except ProtocolError as error:
                raise BadInput(
                    f"{path} is damaged in line {number} ({error}): delete the file."
                ) from None
            self._kept[drag.kind, drag.number] = drag.records
        path.write_text("\n".join([text, *whole, ""]), encoding="utf-8")

    def find(self, kind: str, number: int) -> Sequence[Record] | None:
        """The records of a drag, None where it is still to be done."""
        return self._kept.get((kind, number))

    def add(self, records: Sequence[Record]) -> None:
        """Keep the records of one drag, on the disk at once."""
        drag = _Line(records[0].kind, records[0].number, tuple(records))
        line = json.dumps(to_document(drag))
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
