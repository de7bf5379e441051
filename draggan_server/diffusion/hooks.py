"""Forward hooks of the thread alone that registers them: beside a drag the same network shows its
previews, which must neither be changed by the drag nor be taken for its steps."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import nn

Act = Callable[[tuple[Any, ...], torch.Tensor], torch.Tensor | None]
"""Takes a module's inputs and its output; returns what stands for the output, None for itself."""


@contextlib.contextmanager
def hooked(acts: Iterable[tuple[nn.Module, Act]]) -> Iterator[None]:
    """Each act is called after each pass of its module meanwhile."""
    here = threading.get_ident()

    def of_here(act: Act) -> Callable[..., torch.Tensor | None]:
        return lambda _module, inputs, out: (
            act(inputs, out) if threading.get_ident() == here else None
        )

    hooks = [module.register_forward_hook(of_here(act)) for module, act in acts]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
