"""Published weights of trackers, which know photos and films, not the toy lion only.

They lie beside the user's models, as safetensors with a card: `source`, `source_sha256`, `licence`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from draggan_server.editing.trackers import pips, raft
from draggan_server.editing.trackers.fitted import fitted_card, fitted_state
from draggan_server.models import zoo
from draggan_server.wire.drag_config import Tracking
from stylegan2.checkpoints import convert_tensors
from stylegan2.digest import sha256_of

SIDE = 384
"""Pixels of the longer side of the pictures that they are shown; they were fitted to such sizes."""


@dataclass(frozen=True, slots=True)
class Published:
    """A network whose weights its authors publish, the page where they do, and their licence."""

    network: Callable[[], nn.Module]
    page: str
    licence: str


PUBLISHED: dict[Tracking, Published] = {
    "raft": Published(
        lambda: raft.Raft(raft.PUBLISHED), "https://github.com/pytorch/vision", "BSD-3-Clause"
    ),
    "pips": Published(
        lambda: pips.Pips(pips.PUBLISHED),
        "https://github.com/aharley/pips",
        "as its authors say on their page",
    ),
}


def bring(name: Tracking, source: Path) -> dict[str, Any]:
    """Convert the published file, PyTorch's, and keep it; its card.

    Nothing in the file is run. Raises `CheckpointError` where it is no file of that network, and
    `FileNotFoundError`.
    """
    published = PUBLISHED[name]
    with torch.device("meta"):
        state = published.network().state_dict()
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    card = {
        "name": name,
        "source": source.name,
        "source_sha256": sha256_of(source),
        "page": published.page,
        "licence": published.licence,
    }
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    convert_tensors(source, path, shapes, card)
    return fitted_card(path)


def is_here(name: Tracking) -> bool:
    """Whether the weights were brought."""
    return _path(name).is_file()


def network(name: Tracking) -> nn.Module:
    """The network with the weights that were brought."""
    made = PUBLISHED[name].network().eval()
    made.load_state_dict(fitted_state(_path(name)))
    return made.requires_grad_(False)


def _path(name: Tracking) -> Path:
    return zoo.user_folder() / "trackers" / f"{name}{zoo.SUFFIX}"
