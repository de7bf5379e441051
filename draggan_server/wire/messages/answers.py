"""What ends a request, and the records in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from draggan_server.wire.errors import DragganError, error_for
from draggan_server.wire.face import Face, Marks
from draggan_server.wire.messages.pixels import Pixels, check_squares, picture_of, square_of
from draggan_server.wire.said import Said
from draggan_server.wire.state import Point
from draggan_server.wire.versions import Side


@dataclass(frozen=True, slots=True)
class Welcome:
    """Who the daemon is; `leaves`: it ends now, because the client's own one is newer."""

    daemon: Side
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Pong:
    """The daemon is there."""


WorkerState = Literal["starting", "idle", "busy", "lost"]

Doing = Literal["nothing", "samples", "opening", "photo", "drag", "live", "history"]
"""Samples to choose from are drawn; an edit is opened; a model is to show a photo; a drag, or one
that follows a hand; the drags of an edit are shown."""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker process, which has `models` at hand.

    Between jobs it learns more of the model `learning`, if it is named; `learned` is how much is
    known, 0 to 1. `doing` is what it is busy with, and `share` how much of that is done, 0 to 1,
    where that can be told. `memory` is what its process takes, in bytes; 0 where nobody knows.
    `free_memory` is what is free on its machine, `card_taken` what it takes of a card's memory and
    `card_free` what is free there; None where nobody knows, or there is no card.
    """

    device: str
    state: WorkerState
    pid: int | None
    learning: str | None = None
    learned: float = 1.0
    models: tuple[str, ...] = ()
    doing: Doing = "nothing"
    share: float | None = None
    memory: int = 0
    free_memory: int | None = None
    card_taken: int | None = None
    card_free: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What the daemon is and does. `restored` are the edits that it found at its start.

    `waiting` are the requests that no worker has begun, `errands` the models that are downloaded,
    added or prepared. `others` are the programs beside the one that asks for which something is
    under way or waits. `dashboard` is the address of Ray's, where workers are on a cluster.
    """

    version: str
    pid: int
    uptime_seconds: float
    idle_seconds: float
    edits: int
    drags: int
    workers: tuple[WorkerStatus, ...]
    restored: int = 0
    waiting: int = 0
    errands: int = 0
    others: int = 0
    dashboard: str = ""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model, installed or available. `face`: where eyes and mouths lie in its pictures; None
    where nobody knows."""

    name: str
    subject: str
    width: int
    height: int
    licence: str
    face: Face | None = None


@dataclass(frozen=True, slots=True)
class ModelList:
    """The installed models, the default one first, and recommended ones that are available.

    `thumbnails` (RGBA) shows what is installed, in the order of `models`: squares of
    `THUMBNAIL_SIDE` one below the other, transparent where there is no picture. `any_picture` are
    installed, too: diffusion models, which change any picture and draw none.
    """

    models: tuple[ModelInfo, ...]
    available: tuple[ModelInfo, ...] = ()
    thumbnails: Pixels | None = None
    any_picture: tuple[ModelInfo, ...] = ()

    def __post_init__(self) -> None:
        if self.thumbnails is not None:
            check_squares(self.thumbnails, len(self.models))

    def around(self, model: str, marks: Marks) -> tuple[int, int, int, int] | None:
        """Left, top, right and bottom of what that one is to look at, where eyes and mouth are
        marked; None where nobody knows."""
        for one in self.models:
            if one.name == model and one.face is not None:
                return one.face.around(marks, one.width, one.height)
        return None

    def thumbnail(self, index: int) -> Pixels | None:
        """The picture of `models[index]`, None where there is none."""
        return picture_of(self.thumbnails, index)


@dataclass(frozen=True, slots=True)
class EditOpened:
    """The edit is there; `picture` is what the generator shows, RGBA at the model's resolution.

    Of a photo it has the photo's size, and is transparent where the generator's picture is not.
    """

    edit_id: str
    revision: int
    model: str
    saved_state: str
    picture: Pixels


@dataclass(frozen=True, slots=True)
class OpenCancelled:
    """The opening was ended and left nothing behind."""


StopReason = Literal["arrived", "stalled", "lost", "max-steps", "stopped"]
"""Every handle is at its target; they come no nearer; beyond the last picture one was not found
again; no more steps were allowed; the client ended the drag and kept what it had reached."""


@dataclass(frozen=True, slots=True)
class SamplesDrawn:
    """`thumbnails` (RGBA) shows the samples in their order: squares of `THUMBNAIL_SIDE` one below
    the other. `count` is that of the samples."""

    count: int
    thumbnails: Pixels

    def __post_init__(self) -> None:
        check_squares(self.thumbnails, self.count)

    def thumbnail(self, index: int) -> Pixels:
        return square_of(self.thumbnails, index)


@dataclass(frozen=True, slots=True)
class DragFinished:
    """The drag is over and accepted: the layer's new pixels and the state to keep with them.

    `mean_distance` (model pixels) is that of the last tracked
    handles to their targets; `handle_points` are in the layer's pixels. `paint_replaced`: paint
    on the layer, which the generator knows nothing of, was in the part that moved and is lost.
    """

    edit_id: str
    revision: int
    steps: int
    reason: StopReason
    mean_distance: float
    seconds: float
    handle_points: tuple[Point, ...]
    saved_state: str
    layer: Pixels
    paint_replaced: bool = False


@dataclass(frozen=True, slots=True)
class PastDrag:
    """One of an edit's drags: how many points, how, and in how many steps."""

    points: int
    method: str
    steps: int


@dataclass(frozen=True, slots=True)
class History:
    """The drags of an edit, the first ones first; it stands after the first `position` of them.

    `thumbnails` (RGBA) shows it before them and after each: squares of `THUMBNAIL_SIDE` one below
    the other. `forgotten` drags came before, and cannot be gone back to.
    """

    position: int
    drags: tuple[PastDrag, ...]
    thumbnails: Pixels
    forgotten: int = 0

    def __post_init__(self) -> None:
        check_squares(self.thumbnails, len(self.drags) + 1)

    def thumbnail(self, position: int) -> Pixels:
        """How the picture was after `position` drags."""
        return square_of(self.thumbnails, position)


@dataclass(frozen=True, slots=True)
class WentToDrag:
    """The edit shows another of its drags: the layer's new pixels and the state to keep with them.

    `paint_replaced` as in `DragFinished`.
    """

    edit_id: str
    revision: int
    saved_state: str
    layer: Pixels
    paint_replaced: bool = False


@dataclass(frozen=True, slots=True)
class DragCancelled:
    """The drag was ended and left nothing behind."""

    edit_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class StateFound:
    """The state of the newest picture of a fingerprint; None where none is known (any more)."""

    saved_state: str | None


@dataclass(frozen=True, slots=True)
class Done:
    """The request was carried out."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The request could not be carried out; `code` names the class in `errors`.

    `message` is English. Who translates it takes `sentence`, where there is one, and puts `values`
    in the places of its {names}.
    """

    code: str
    message: str
    sentence: str = ""
    values: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, error: DragganError) -> Failure:
        values = tuple(
            # What is `Said` can be translated on this side of a connection.
            (name, value if isinstance(value, Said) else str(value))
            for name, value in error.values.items()
        )
        return cls(error.code, str(error), error.sentence if values else "", values)

    def error(self) -> DragganError:
        return error_for(self.code, self.message, self.sentence, self.values)
