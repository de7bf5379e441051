"""Brings the node of an actor what a task needs: the model's file, and what was learned of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from draggan_server.models import learned, zoo
from draggan_server.models.errors import ModelError
from draggan_server.wire.errors import DragganError
from draggan_server.worker.brought_models import CHUNK_BYTES
from draggan_server.worker.job_loop import model_of
from draggan_server.worker.messages import RunOpen, RunSamples, Task
from stylegan2.errors import CheckpointError

logger = logging.getLogger(__name__)

Call = Callable[..., Awaitable[Any]]
"""Calls a method of the actor, by its name."""


class Lost(Exception):
    """The actor is of no use any more."""


class Bringing:
    """To the node of one actor, whose methods are those of `BroughtModels`. `name` is the actor's,
    for the log."""

    def __init__(self, call: Call, name: str) -> None:
        self._call = call
        self._name = name
        self._learned_of: set[str] = set()

    async def bring(self, task: Task) -> None:
        """Bring what is not there yet. Raises `Lost`, and what `call` raises.

        A model that is not here either is left to the actor, whose engine says so.
        """
        try:
            wanted = model_of(task)
            installed_only = isinstance(task, RunOpen | RunSamples) and task.installed_only
            model = zoo.find_installed(wanted) if installed_only else zoo.find(wanted)
            sha256 = model.sha256
            if not await self._call("has_model", wanted, model.name, sha256):
                await self._file(model.path, "take_model", sha256)
                if not await self._call("has_model", wanted, model.name, sha256):
                    raise Lost(f"it does not find the model {model.name} that it was brought")
            if sha256 not in self._learned_of:
                self._learned_of.add(sha256)
                for path in learned.files_of(sha256):
                    if not await self._call("has_learned", path.name):
                        await self._file(path, "take_learned", path.name)
        except (DragganError, ModelError, CheckpointError, OSError) as error:
            logger.info("no model is brought: %s", error)

    async def _file(self, path: Path, method: str, name: str) -> None:
        logger.info("%s is brought to %s", path.name, self._name)
        with path.open("rb") as file:
            while piece := file.read(CHUNK_BYTES):
                await self._call(method, name, piece)
        await self._call(method, name, b"")
