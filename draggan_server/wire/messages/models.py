"""What is asked and told of the models that lie on the daemon's machine: those that are there, and
those that can be had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from draggan_server.wire.messages.pixels import Pixels, check_squares, picture_of


@dataclass(frozen=True, slots=True)
class GetCatalogue:
    """Answer: `Catalogue`."""


@dataclass(frozen=True, slots=True)
class PullModel:
    """Download a model of the catalogue and install it; `licence` is the one that the user accepts.

    Events: `ModelProgress`; end: `ModelReady`, or `ModelStopped` after a `CancelDrag`. The same
    request goes on where an earlier one ended.
    """

    name: str
    licence: str


@dataclass(frozen=True, slots=True)
class AddModel:
    """Install a model from `source`: a file's path, or a web address. Without a `name` it gets the
    file's. Events as of `PullModel`."""

    source: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class PrepareModel:
    """Learn all that drags and photos need to know of a model. Events as of `PullModel`; what was
    learned before a `CancelDrag` stays."""

    name: str


@dataclass(frozen=True, slots=True)
class RemoveModel:
    """Take an installed model away, for good. Answer: `Done`."""

    name: str


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that is there. `size` is that of its file `path`, in bytes. What comes with DragGAN
    is not `removable`; what `learns` can be prepared."""

    name: str
    subject: str
    width: int
    height: int
    licence: str
    licence_url: str
    path: str
    size: int
    removable: bool
    learns: bool = True


@dataclass(frozen=True, slots=True)
class AvailableModel:
    """A model that can be downloaded: `size` bytes, of which `arrived` are there already.

    `terms` say in a sentence what its licence allows; `free`: to use what is made with it as one
    likes.
    """

    name: str
    subject: str
    width: int
    height: int
    licence: str
    terms: str
    licence_url: str
    free: bool
    size: int
    arrived: int = 0


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The installed models, the default one first, and those that can be had.

    The user's models lie in `folder`, where `space` bytes are free. `thumbnails` as in `ModelList`.
    """

    folder: str
    space: int
    installed: tuple[InstalledModel, ...]
    available: tuple[AvailableModel, ...]
    thumbnails: Pixels | None = None

    def __post_init__(self) -> None:
        if self.thumbnails is not None:
            check_squares(self.thumbnails, len(self.installed))

    def thumbnail(self, index: int) -> Pixels | None:
        """The picture of `installed[index]`, None where there is none."""
        return picture_of(self.thumbnails, index)


ModelStage = Literal["downloading", "installing", "learning-drags", "learning-photos"]


@dataclass(frozen=True, slots=True)
class ModelProgress:
    """How far a model is. `share` is that of the stage, None where nobody knows; while it is
    downloaded, `arrived` bytes are there."""

    stage: ModelStage
    share: float | None
    arrived: int = 0


@dataclass(frozen=True, slots=True)
class ModelReady:
    """The model is installed, or prepared. `first_use`: nobody has published what its file's digest
    should be, so it was taken on trust."""

    name: str
    first_use: bool = False


@dataclass(frozen=True, slots=True)
class ModelStopped:
    """It was ended before the model was ready. What has arrived, or was learned, is kept."""


ModelRequest = GetCatalogue | PullModel | AddModel | PrepareModel | RemoveModel
Errand = PullModel | AddModel | PrepareModel
"""What takes seconds to hours."""
