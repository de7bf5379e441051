"""Names that a pickle mentions, without the modules that have them."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock


@contextmanager
def names(**functions: object) -> Iterator[None]:
    """While it lasts, pickle writes each object under the name given, dots written as `__`."""
    modules: dict[str, types.ModuleType] = {}
    for key, function in functions.items():
        *parts, name = key.split("__")
        for end in range(1, len(parts) + 1):
            path = ".".join(parts[:end])
            modules.setdefault(path, types.ModuleType(path))
        module = ".".join(parts)
        function.__module__, function.__qualname__ = module, name  # type: ignore[attr-defined]
        function.__name__ = name  # type: ignore[attr-defined]
        setattr(modules[module], name, function)
    with mock.patch.dict(sys.modules, modules):
        yield
