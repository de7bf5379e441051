"""From other layouts to the published one: tables of names, and what is done to each tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from stylegan2.checkpoints.contents import Tensors, Weights
from stylegan2.errors import CheckpointError
from stylegan2.geometry import MAX_MAPPING_LAYERS

Change = Callable[[Weights], Weights]
Rename = tuple[str, str, Change]
"""Their name, ours, and the change from theirs to ours."""

RESOLUTIONS = tuple(4 << i for i in range(11))
MAPPING_LAYERS = range(MAX_MAPPING_LAYERS)


def same(x: Weights) -> Weights:
    return x


def first(x: Weights) -> Weights:
    """Without a leading dimension of 1."""
    return x.squeeze(0)


def flat(x: Weights) -> Weights:
    return x.reshape(-1)


def scalar(x: Weights) -> Weights:
    return x.reshape(())


def single_map(x: Weights) -> Weights:
    """[1, 1, h, w] -> [h, w]."""
    return x.squeeze((0, 1))


def layer(
    theirs: str, ours: str, change: Change, names: Sequence[str] = ("weight", "bias")
) -> list[Rename]:
    """Weight and bias of a layer, the weight changed."""
    weight, bias = names
    return [
        (f"{theirs}{weight}", f"{ours}.weight", change),
        (f"{theirs}{bias}", f"{ours}.bias", flat),
    ]


def rename(tensors: Tensors, table: Iterable[Rename]) -> dict[str, Weights]:
    """The ones of `tensors` that the table knows, by our names. Raises `CheckpointError`."""
    renamed = {}
    for theirs, ours, change in table:
        if theirs in tensors:
            try:
                renamed[ours] = change(tensors[theirs])
            except ValueError:
                raise CheckpointError(
                    "Its tensor {name} has the shape {shape}, which does not fit its name.",
                    name=repr(theirs),
                    shape=list(tensors[theirs].shape),
                ) from None
    return renamed
