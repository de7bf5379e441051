"""A recorder for the processor that replays as a CUDA graph does: operations alone, on the same
memory, with the numbers that Python had when they were recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

T = TypeVar("T")

ASKING = {"_local_scalar_dense", "nonzero", "is_nonzero", "equal", "lift_fresh"}
"""Operations that a graph cannot have: they wait for the device, or bring it Python's numbers."""


class TapeRecorder:
    """Counts what it has `recorded` and how often that was `replayed`."""

    def __init__(self) -> None:
        self.recorded = 0
        self.replayed = 0

    def record(self, work: Callable[[], T]) -> tuple[T, Callable[[], None]]:
        work()  # tensors that are made once and kept are there
        tape = _Tape()
        with tape:
            made = work()
        self.recorded += 1

        def again() -> None:
            self.replayed += 1
            tape.replay()

        return made, again


class _Tape(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self._steps: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.overloadpacket.__name__ in ASKING:
            raise RuntimeError(f"{func} cannot be recorded")
        made = func(*args, **(kwargs or {}))
        if not _is_view(func):
            self._steps.append((func, args, kwargs or {}, made))
        return made

    @torch.no_grad()
    def replay(self) -> None:
        for func, args, kwargs, made in self._steps:
            again = func(*args, **kwargs)
            if not func._schema.is_mutable:
                for kept, new in zip(tree_leaves(made), tree_leaves(again), strict=True):
                    if isinstance(kept, torch.Tensor):
                        kept.copy_(new)


def _is_view(func: Any) -> bool:
    returned = [each.alias_info for each in func._schema.returns]
    return any(info is not None and not info.is_write for info in returned)
