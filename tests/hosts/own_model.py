"""A file of the user's own that becomes a model: what a real daemon has of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from draggan_server.editing.inversion import encoders
from draggan_server.editing.inversion.encoder import SIDE, STEPS, Encoder
from draggan_server.editing.inversion.world import World
from draggan_server.models import installation, surveys
from draggan_server.models.loading import load_generator
from tests import colour_models
from tests.daemon import running_daemon
from tests.protocol.daemons import wait_until

_STEPS_LEFT = 12


@dataclass(frozen=True)
class OwnModel:
    """A daemon without models but the one that comes along, a `file` for it, and what it will have
    `learned` of that file's model."""

    home: Path
    file: Path
    learned: Path
    environment: dict[str, str]

    def wait_until_installed(self, name: str) -> None:
        """Return once the daemon has a model of that name."""
        wait_until((self.home / "data/draggan/models" / f"{name}.safetensors").exists, 60)

    @property
    def steps_left(self) -> int:
        """Steps of learning that the model's encoder still lacks."""
        return STEPS - int(surveys.load(self.learned).texts["steps"])


@contextlib.contextmanager
def running_with_own_model(home: Path) -> Iterator[OwnModel]:
    """Write the file `mine.safetensors` and run a daemon.

    Of the file's model there is what a preparation would have left, had it been stopped shortly
    before its end. The encoder's weights are random ones: what is learned is not looked at, only
    that it is.
    """
    file, cache = home / "mine.safetensors", home / "cache"
    colour_models.write_model(file, 3)
    learned = cache / "draggan/surveys" / encoders.PART.file_name(_digest_once_installed(file))
    surveys.save(_nearly_learned(file).stored(), learned)
    with running_daemon(home, variables={"XDG_CACHE_HOME": str(cache)}) as environment:
        yield OwnModel(home, file, learned, environment)


def _digest_once_installed(file: Path) -> str:
    """Of the model's file, which says where it comes from, as the given one does not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(file.parent / "elsewhere"))
        return installation.add_file(file, file.stem).model.sha256


def _nearly_learned(file: Path) -> Encoder:
    world = World(load_generator(str(file)))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = Encoder(3, world.size(world.block_of(SIDE)), world.directions)
    encoder.steps = STEPS - _STEPS_LEFT
    return encoder
