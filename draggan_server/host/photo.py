"""A picture that DragGAN did not make: what a model is to show of it, and how well it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from draggan_server.host.request import LayerT
from draggan_server.host.sentences import said
from draggan_server.host.translation import tr
from draggan_server.wire.face import Marks
from draggan_server.wire.messages import (
    OpenEdit,
    PhotoSource,
    Pixels,
    Quality,
    check_layer_size,
)
from draggan_server.wire.state import EditState


@dataclass(frozen=True)
class PhotoRequest(Generic[LayerT]):
    """A region of a layer that has no state, and the model that is to show it.

    `model` is empty where the user has chosen none yet. `movable_mask` has the size of `region`;
    None: all of it may move. `instead` is the name of a model that changes any picture, where one
    is installed. `marks`, both eyes and the mouth, say where in the region a face is. Raises
    `BadInput` for what no model can show.
    """

    layer: LayerT
    model: str
    region: Pixels
    movable_mask: Pixels | None
    quality: Quality
    instead: str = ""
    marks: Marks | None = None

    def __post_init__(self) -> None:
        check_layer_size(self.region.width, self.region.height)

    def message(self) -> OpenEdit:
        """What asks the daemon for it."""
        mask = self.movable_mask
        return OpenEdit(PhotoSource(self.model, self.region, self.quality, mask, self.marks))


def sight_sentence(saved_state: str, instead: str) -> str:
    """How well the state's model shows its photo, and what comes next: a drag, or another model,
    `instead` where there is one."""
    state = EditState.from_json(saved_state)
    photo = state.photo
    explained = 0.0 if photo is None else photo.explained
    if photo and photo.in_the_world:
        sentences = [said.SHOWN]
    elif instead:
        sentences = [said.OUTSIDE_OF_WORLD, said.CHOOSE_ANY_PICTURE, said.RECOGNISE_AGAIN]
    else:
        sentences = [said.OUTSIDE_OF_WORLD, said.CHOOSE_ANOTHER_MODEL]
    values = {"model": state.model, "percent": _percent(explained), "instead": instead}
    return " ".join(tr(sentence, **values) for sentence in sentences)


def _percent(share: float) -> int:
    """Not 100 before all is shown."""
    return int(100 * min(max(share, 0.0), 1.0))
