"""The bytes of a pickle as they are read, and the stack and memo that its operations work on."""

from __future__ import annotations

from typing import Any

from stylegan2.checkpoints.budget import Budget
from stylegan2.errors import CheckpointError

MAX_NAME_BYTES = 200


class PickleStack:
    """Reads `data` from `position` on. Only what is in `data` is looked at.

    Its methods raise `CheckpointError` where the data end, and `LookupError` where the stack or the
    memo has not what an operation asks for.
    """

    def __init__(self, data: memoryview, budget: Budget, position: int) -> None:
        self.position = position
        self._data, self._end = data, len(data)
        self._budget = budget
        self._stack: list[Any] = []
        self._outer: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def _clear(self) -> None:
        self._stack, self._outer, self._memo = [], [], {}

    def _byte(self) -> int:
        position = self.position
        if position >= self._end:
            raise _cut_short()
        self.position = position + 1
        return self._data[position]

    def _read(self, count: int) -> memoryview:
        end = self.position + count
        if end > self._end:
            raise _cut_short()
        view = self._data[self.position : end]
        self.position = end
        return view

    def _unsigned(self, size: int) -> int:
        return int.from_bytes(self._read(size), "little")

    def _line(self) -> str:
        taken = bytes(self._data[self.position : self.position + MAX_NAME_BYTES])
        line, newline, _ = taken.partition(b"\n")
        if not newline and len(taken) < MAX_NAME_BYTES:
            raise _cut_short()
        if not newline:
            raise CheckpointError(
                "Its pickle has a name of more than {most} bytes.", most=MAX_NAME_BYTES
            )
        self.position += len(line) + 1
        return line.decode()

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    def _mark(self) -> None:
        self._outer.append(self._stack)
        self._stack = []

    def _since_mark(self) -> list[Any]:
        items = self._stack
        self._stack = self._outer.pop()
        return items

    def _pop(self) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._since_mark()

    def _duplicate(self) -> None:
        self._push(self._stack[-1])

    def _tuple(self, count: int) -> None:
        items = tuple(self._stack[-count:])
        if len(items) < count:
            raise IndexError
        del self._stack[-count:]
        self._push(items)

    def _put(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def _memoize(self) -> None:
        self._put(len(self._memo))

    def _get(self, index: int) -> None:
        self._push(self._memo[index])


def _cut_short() -> CheckpointError:
    return CheckpointError(
        "The file is cut short: its pickle goes on where the file ends. Download it again."
    )
