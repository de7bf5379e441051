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
