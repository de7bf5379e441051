"""What a batch has done already: a file of lines in its folder, one more with each result."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from draggan_server.batch.line import Line, LineResult
from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document

logger = logging.getLogger(__name__)

FILE_NAME = "batch.jsonl"


class Journal:
    """The file `batch.jsonl`. What is written is there after a crash of this program.

    For each line that is done it keeps some 100 bytes in memory.
    """

    def __init__(self, folder: Path) -> None:
        """Raises `OSError`."""
        self._folder = folder
        self._done: dict[int, int] = {}
        path = folder / FILE_NAME
        whole = self._read(path)
        self._file = path.open("a", encoding="utf-8")
        if not whole:  # a crash left half a line
            self._file.write("\n")

    def close(self) -> None:
        self._file.close()

    def has(self, line: Line, output: str) -> bool:
        """Whether this very line was done, and what it made is still there."""
        done = self._done.get(line.number) == int(line.digest, 16)
        return done and (self._folder / output).is_file()

    def write(self, result: LineResult) -> None:
        """Raises `OSError`."""
        self._file.write(f"{json.dumps(to_document(result))}\n")
        self._file.flush()

    def _read(self, path: Path) -> bool:
        """Take over what was done; whether the last line is whole."""
        text = "\n"
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                for text in file:
                    self._take(text)
        except FileNotFoundError:
            pass
        return text.endswith("\n")

    def _take(self, text: str) -> None:
        try:
            result = from_document(LineResult, parse(text))
            if result.error is None:
                self._done[result.number] = int(result.digest, 16)
            else:
                self._done.pop(result.number, None)
        except (ProtocolError, ValueError):
            if text.strip():
                logger.warning("a line of the batch's journal cannot be read")
