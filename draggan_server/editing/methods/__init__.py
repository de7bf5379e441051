"""The drag methods, by the names that `DragConfig.method` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from draggan_server.editing.methods.draggan.method import draggan
from draggan_server.editing.methods.freedrag.method import freedrag
from draggan_server.editing.methods.newton.method import newton
from draggan_server.editing.problem import DragProblem, DragStep
from draggan_server.wire.drag_config import DragConfig, DragganConfig, NewtonConfig

DragMethod = Callable[[DragProblem], Iterator[DragStep]]

METHODS: dict[str, DragMethod] = {"draggan": draggan, "freedrag": freedrag, "newton": newton}


def needs_preparation(config: DragConfig) -> bool:
    """Whether such a drag goes by what is learned of a model once: its patches are standardised."""
    by_patches = isinstance(config, DragganConfig) and config.tracker == "patches"
    return by_patches or isinstance(config, NewtonConfig)
