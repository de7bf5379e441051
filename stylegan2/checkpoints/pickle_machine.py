"""Reads pickles without being able to run anything.

An interpreter of pickle's operations of our own. Names in a pickle are looked up in a table that
the caller brings; a name that is not in it is refused. What the table's functions make is data, and
so is everything else: numbers, texts, bytes (views of the file, not copies), lists, tuples, sets
and tables whose keys are short plain values.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from stylegan2.checkpoints.budget import Budget
from stylegan2.checkpoints.pickle_stack import MAX_NAME_BYTES, PickleStack
from stylegan2.errors import CheckpointError

MAX_PROTOCOL = 5
MAX_INTEGER_BYTES = 64
_KEY_TYPES = (str, int, float, bool, type(None), bytes)
"""Keys are hashed. A tuple's hash visits all that is in it, by recursion in C."""


@dataclass(frozen=True, slots=True)
class Name:
    """A function or class that a pickle mentions: "module.name"."""

    text: str


@runtime_checkable
class Stateful(Protocol):
    """What a pickle may complete after making it."""

    def set_state(self, state: Any) -> None: ...


Functions = Mapping[str, Callable[..., Any] | None]
"""What names are allowed, and what calling each makes. None: it may be mentioned, not called."""


class PickleMachine(PickleStack):
    """Reads pickles that follow one another in `data`, from `position` on.

    `functions` are the names allowed; `persistent` makes an object of a persistent id. Raises
    `CheckpointError` and nothing else.
    """

    def __init__(
        self,
        data: memoryview,
        functions: Functions,
        budget: Budget,
        *,
        position: int = 0,
        persistent: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__(data, budget, position)
        self._functions = functions
        self._persistent = persistent

    def load(self) -> Any:
        """The value of the next pickle; `position` is then behind it."""
        self._clear()
        start, spend = self.position, self._budget.spend
        try:
            while True:
                spend()
                operation = self._byte()
                if operation == _STOP:
                    return self._stack.pop()
                action = _ACTIONS.get(operation)
                if action is None:
                    raise CheckpointError(
                        "Its pickle has an operation {operation} at byte {position}, which "
                        "no checkpoint needs: it is refused.",
                        operation=repr(bytes([operation])),
                        position=self.position - 1,
                    )
                action(self)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise CheckpointError(
                "Its pickle, which begins at byte {start}, is damaged at byte "
                "{position} ({error}).",
                start=start,
                position=self.position,
                error=type(error).__name__,
            ) from None

    # Plain values

    def _protocol(self) -> None:
        protocol = self._byte()
        if not 2 <= protocol <= MAX_PROTOCOL:
            raise CheckpointError(
                "Its pickle has the protocol {protocol}; expected 2 to 5.", protocol=protocol
            )

    def _integer(self, size: int) -> None:
        if size > MAX_INTEGER_BYTES:
            raise CheckpointError(
                "Its pickle has a number of {size} bytes; the limit is {most}.",
                size=size,
                most=MAX_INTEGER_BYTES,
            )
        self._push(int.from_bytes(self._read(size), "little", signed=True))

    def _float(self) -> None:
        self._push(struct.unpack(">d", self._read(8))[0])

    def _text(self, size: int) -> None:
        raw = self._read(size)
        self._budget.spend_text(size)
        self._push(str(raw, "utf-8", "surrogatepass"))

    def _old_text(self, size: int) -> None:
        """A text of Python 2."""
        raw = self._read(size)
        self._budget.spend_text(size)
        self._push(str(raw, "latin-1"))

    def _short_bytes(self) -> None:
        self._push(bytes(self._read(self._byte())))

    # Containers

    def _append(self) -> None:
        value = self._stack.pop()
        self._extend([value])

    def _extend(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not list:
            raise TypeError
        target.extend(items)

    def _set_item(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._set_items([key, value])

    def _set_items(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not dict:
            raise TypeError
        target.update(table(zip(items[::2], items[1::2], strict=True)))

    def _dict(self) -> None:
        items = self._since_mark()
        self._push(table(zip(items[::2], items[1::2], strict=True)))

    def _add_items(self) -> None:
        items = self._since_mark()
        target = self._stack[-1]
        if type(target) is not set:
            raise TypeError
        target.update(map(key_of, items))

    # Names

    def _name(self, module: Any, name: Any) -> None:
        if type(module) is not str or type(name) is not str:
            raise TypeError
        text = f"{module}.{name}"
        if len(text) > MAX_NAME_BYTES:
            raise CheckpointError(
                "Its pickle has a name of more than {most} bytes.", most=MAX_NAME_BYTES
            )
        if text not in self._functions:
            raise CheckpointError(
                "Its pickle asks for {name}, which no StyleGAN2 checkpoint needs. "
                "It could run anything, so the file is refused; nothing of it was "
                "run.",
                name=repr(text),
            )
        self._push(Name(text))

    def _name_from_lines(self) -> None:
        module = self._line()
        self._name(module, self._line())

    def _name_from_stack(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._name(module, name)

    def _call(self) -> None:
        arguments, name = self._stack.pop(), self._stack.pop()
        if type(name) is not Name or type(arguments) is not tuple:
            raise TypeError
        function = self._functions[name.text]
        if function is None:
            raise CheckpointError(
                "Its pickle calls {name}, which no checkpoint does.", name=repr(name.text)
            )
        # A list can be handed over again and again, and copied each time.
        self._budget.spend(len(arguments) + sum(map(_length, arguments)))
        self._push(function(*arguments))

    def _build(self) -> None:
        state = self._stack.pop()
        target = self._stack[-1]
        if isinstance(target, Stateful):
            target.set_state(state)
        # A state dictionary carries `_metadata`, versions of layers, as attributes: not needed.
        elif type(target) is not dict:
            raise TypeError

    def _persistent_id(self) -> None:
        if self._persistent is None:
            raise CheckpointError("Its pickle refers to something outside of it: it is refused.")
        self._push(self._persistent(self._stack.pop()))


def key_of(value: Any) -> Any:
    """`value`, if it may be a key. Raises `TypeError`."""
    if type(value) not in _KEY_TYPES:
        raise TypeError
    return value


def table(pairs: Any = ()) -> dict[Any, Any]:
    """A dict of pairs whose keys are plain."""
    return {key_of(key): value for key, value in pairs}


def _length(value: Any) -> int:
    return len(value) if type(value) in (list, tuple, dict, set, frozenset) else 0


_STOP = ord(".")
_ACTIONS: dict[int, Callable[[PickleMachine], None]] = {
    ord(code): action
    for code, action in {
        "\x80": PickleMachine._protocol,
        "\x95": lambda m: m._read(8) and None,  # a frame's length, which says nothing new
        "N": lambda m: m._push(None),
        "\x88": lambda m: m._push(True),
        "\x89": lambda m: m._push(False),
        "J": lambda m: m._integer(4),
        "K": lambda m: m._push(m._byte()),
        "M": lambda m: m._push(m._unsigned(2)),
        "\x8a": lambda m: m._integer(m._byte()),
        "\x8b": lambda m: m._integer(m._unsigned(4)),
        "G": PickleMachine._float,
        "\x8c": lambda m: m._text(m._byte()),
        "X": lambda m: m._text(m._unsigned(4)),
        "\x8d": lambda m: m._text(m._unsigned(8)),
        "U": lambda m: m._old_text(m._byte()),
        "T": lambda m: m._old_text(m._unsigned(4)),
        "C": PickleMachine._short_bytes,
        "B": lambda m: m._push(m._read(m._unsigned(4))),
        "\x8e": lambda m: m._push(m._read(m._unsigned(8))),
        "\x96": lambda m: m._push(m._read(m._unsigned(8))),
        "(": PickleMachine._mark,
        "0": PickleMachine._pop,
        "1": lambda m: m._since_mark() and None,
        "2": PickleMachine._duplicate,
        ")": lambda m: m._push(()),
        "\x85": lambda m: m._tuple(1),
        "\x86": lambda m: m._tuple(2),
        "\x87": lambda m: m._tuple(3),
        "t": lambda m: m._push(tuple(m._since_mark())),
        "]": lambda m: m._push([]),
        "a": PickleMachine._append,
        "e": lambda m: m._extend(m._since_mark()),
        "l": lambda m: m._push(m._since_mark()),
        "}": lambda m: m._push({}),
        "s": PickleMachine._set_item,
        "u": lambda m: m._set_items(m._since_mark()),
        "d": PickleMachine._dict,
        "\x8f": lambda m: m._push(set()),
        "\x90": PickleMachine._add_items,
        "\x91": lambda m: m._push(frozenset(map(key_of, m._since_mark()))),
        "q": lambda m: m._put(m._byte()),
        "r": lambda m: m._put(m._unsigned(4)),
        "\x94": PickleMachine._memoize,
        "h": lambda m: m._get(m._byte()),
        "j": lambda m: m._get(m._unsigned(4)),
        "c": PickleMachine._name_from_lines,
        "\x93": PickleMachine._name_from_stack,
        "R": PickleMachine._call,
        "\x81": PickleMachine._call,  # a class called without its __init__: the same to inert data
        "b": PickleMachine._build,
        "Q": PickleMachine._persistent_id,
    }.items()
}
