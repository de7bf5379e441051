"""The drag methods, by the names that `DragConfig.method` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from draggan_server.editing import preparation
from draggan_server.editing.methods.draggan.method import draggan
from draggan_server.editing.methods.freedrag.method import freedrag
from draggan_server.editing.methods.newton.method import newton
from draggan_server.editing.problem import DragProblem, DragStep
from stylegan2.generator import Generator

DragMethod = Callable[[DragProblem], Iterator[DragStep]]

PREPARATIONS: dict[str, Callable[[Generator], Iterator[float]]] = {"newton": preparation.prepare}
"""What a method needs to know of a model, once: yields how much of it is done, 0 to 1."""

METHODS: dict[str, DragMethod] = {"draggan": draggan, "freedrag": freedrag, "newton": newton}
