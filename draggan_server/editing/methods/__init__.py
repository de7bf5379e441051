"""The drag methods, by the names that `DragConfig.method` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from draggan_server.editing.methods.draggan import draggan
from draggan_server.editing.methods.freedrag import freedrag
from draggan_server.editing.problem import DragProblem, DragStep

DragMethod = Callable[[DragProblem], Iterator[DragStep]]

METHODS: dict[str, DragMethod] = {"draggan": draggan, "freedrag": freedrag}
