"""The names of the layers that DragGAN makes."""

from __future__ import annotations

from draggan_server.host.sentences import words
from draggan_server.host.translation import tr


def sample_name(model: str, seed: int) -> str:
    """The name of a new picture."""
    return tr(words.SAMPLE_LAYER, model=model, seed=seed)


def dragged_name(name: str) -> str:
    """The name of the result of a drag of a layer, which may be one itself."""
    before, _, after = tr(words.DRAGGED_LAYER, name="\0").partition("\0")
    if name.startswith(before) and name.endswith(after):
        return name
    return f"{before}{name}{after}"


def points_name(name: str) -> str:
    """The name of a path, or of a layer of arrows, that shows points of a layer."""
    return tr(words.POINTS_OF, name=name)


def group_name(name: str) -> str:
    """The name of a group that holds a layer and what came of it."""
    return tr(words.GROUP_OF, name=name)
