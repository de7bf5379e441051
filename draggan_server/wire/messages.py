"""The messages of the protocol: frozen records that validate themselves.

A client sends requests; the broker answers each with events, the last of them marked by its class
(`FINAL`). Points are (x, y) float pixels of the layer, 0 the centre of the first pixel. Every
constructor raises `BadInput` with a sentence for the user where a value cannot be right. They stand
in one file, in the order of `PROTOCOL.md`, so that the two can be read side by side.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import Literal

from draggan_server.wire.drag_config import MAX_POINTS, METHODS, DragConfig, drag_config
from draggan_server.wire.errors import BadInput, DragganError, error_for
from draggan_server.wire.readers import Kind
from draggan_server.wire.state import MAX_DRAGS, MAX_STATE_CHARS, Point
from draggan_server.wire.versions import Side

DEFAULT_PSI = 0.7
"""Truncation at which pictures are drawn unless another is asked for (DragGAN's paper, sec. 4)."""

MAX_PSI = 2.0
"""Truncations lie between this and its negative."""

MAX_SEED = 2**32 - 1

LIVE_METHOD = METHODS[0]
"""The drag method that can change its targets on the way."""

MAX_FRAMES = 200
"""Pictures of a drag's way."""

MAX_SIDE = 16384
MIN_LAYER_SIDE = 16
"""A layer smaller than this on a side shows too little to drag."""

THUMBNAIL_SIDE = 64
"""Pixels of the squares in which models are shown."""

MAX_THUMBNAILS = MAX_SIDE // THUMBNAIL_SIDE
"""More models than these are listed without their pictures."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """An image of 8-bit samples, rows from the top: sRGB RGBA (4 channels) or a mask (1).

    Travels as a raw frame behind the header, exactly height * width * channels bytes.
    """

    width: int
    height: int
    channels: int
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_SIDE and 1 <= self.height <= MAX_SIDE):
            raise BadInput(
                f"An image of {self.width} x {self.height} pixels is out of range: give 1 to "
                f"{MAX_SIDE} pixels a side."
            )
        if self.channels not in (1, 4):
            raise BadInput(f"An image of {self.channels} channels; give 1 (mask) or 4 (RGBA).")
        if len(self.data) != self.width * self.height * self.channels:
            raise BadInput(
                f"An image of {self.width} x {self.height} x {self.channels} has "
                f"{self.width * self.height * self.channels} bytes, not {len(self.data)}."
            )

    def fingerprint(self) -> str:
        """What tells the image from all others: the SHA-256 of its size and its bytes."""
        size = f"{self.width} x {self.height} x {self.channels}\n".encode()
        return hashlib.sha256(size + self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class SampleSource(Kind):
    """A picture drawn from a model: the same seed gives the same picture."""

    KIND = "sample"

    model: str
    seed: int
    truncation_psi: float = DEFAULT_PSI

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= MAX_SEED:
            raise BadInput(
                "The seed is {seed}; give a whole number from 0 to {most}.",
                seed=self.seed,
                most=MAX_SEED,
            )
        if not math.isfinite(self.truncation_psi) or abs(self.truncation_psi) > MAX_PSI:
            raise BadInput(
                "The truncation is {truncation}; give a value from -{most} to {most}.",
                truncation=self.truncation_psi,
                most=f"{MAX_PSI:g}",
            )


@dataclass(frozen=True, slots=True)
class SavedState(Kind):
    """What an earlier answer said to keep, ASCII."""

    KIND = "saved-state"

    text: str

    def __post_init__(self) -> None:
        if len(self.text) > MAX_STATE_CHARS:
            raise BadInput(
                "The saved state is longer than {most} characters.", most=MAX_STATE_CHARS
            )


Quality = Literal["fast", "normal", "best"]
"""How long a photo is looked at: about 2 seconds, 20, or minutes."""


@dataclass(frozen=True, slots=True)
class PhotoSource(Kind):
    """A region of a layer, RGBA, that `model` is to show.

    What is transparent counts for nothing. `movable_mask`, of the region's size, says where it
    matters most how well the model shows it.
    """

    KIND = "photo"

    model: str
    region: Pixels
    quality: Quality = "normal"
    movable_mask: Pixels | None = None

    def __post_init__(self) -> None:
        check_layer(self.region)
        mask = self.movable_mask
        if mask is not None and (mask.channels, mask.width, mask.height) != (
            1,
            self.region.width,
            self.region.height,
        ):
            raise BadInput(
                f"The movable mask is {mask.width} x {mask.height} pixels and the region "
                f"{self.region.width} x {self.region.height}: give a mask of the region's size."
            )


Source = SampleSource | SavedState | PhotoSource
"""What an edit can begin with."""


# -- requests ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """The first request of a connection: who the client is. Answer: `Welcome`.

    `replaces`: the client can start the daemon of its own release, so that an older one is to leave
    as soon as nobody uses it.
    """

    client: Side
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there? Also tells the broker that the client lives. Answer: `Pong`."""


@dataclass(frozen=True, slots=True)
class GetStatus:
    """Answer: `Status`."""


@dataclass(frozen=True, slots=True)
class ListModels:
    """Answer: `ModelList`."""


@dataclass(frozen=True, slots=True)
class OpenEdit:
    """Begin an edit from a sample or a photo, or go on from a saved state. Answer: `EditOpened`.

    Of a photo: before it `OpenProgress`; `CancelDrag` ends it, with `OpenCancelled`, or with `keep`
    by what was found so far.
    """

    source: Source


@dataclass(frozen=True, slots=True)
class StartDrag:
    """Drag handle points of an edit to target points, in pixels of `layer` (or of the picture).

    `layer` is the layer as the document shows it, RGBA: the result is composited onto it and has
    its size. `movable_mask` has the layer's size; above 0 may change, 0 is held, and pixels at 0
    come back bit for bit. Every handle lies where it is above 0. `preview_seconds` asks for
    previews at least that far apart (0: none); each but the first is sent only after the client
    said `NextPreview`. Events: `DragProgress`; end: `DragFinished` or `DragCancelled`.

    A `live` drag follows the hand: `MoveTargets` says where to, `EndLive` when it is let go. Its
    targets may lie at the handles, and outside of the layer. Events: `LiveFrame`, whose pictures
    come at least `preview_seconds` apart (0: as fast as they can be had), each but the first after
    `NextPreview`; the end is that of any drag.

    `frames` asks for so many pictures of the way, as `DragFrame`, before the end.
    """

    edit_id: str
    revision: int
    handle_points: tuple[Point, ...]
    target_points: tuple[Point, ...]
    config: DragConfig = drag_config()
    preview_seconds: float = 0.0
    movable_mask: Pixels | None = None
    layer: Pixels | None = None
    live: bool = False
    frames: int = 0

    def __post_init__(self) -> None:
        if self.live:
            check_points(self.handle_points, self.target_points)
            if self.config.method != LIVE_METHOD:
                raise BadInput(
                    f"The method {self.config.method!r} cannot follow the hand: choose "
                    f"{LIVE_METHOD!r} for a live drag."
                )
        else:
            check_point_pairs(self.handle_points, self.target_points)
        if not 0 <= self.frames <= MAX_FRAMES:
            raise BadInput(f"frames is {self.frames}; give 0 to {MAX_FRAMES}.")
        if self.live and self.frames:
            raise BadInput("A live drag has no frames of its way: it shows its pictures itself.")
        if not 0 <= self.preview_seconds <= 60:
            raise BadInput(f"preview_seconds is {self.preview_seconds}; give 0 to 60.")
        mask, layer = self.movable_mask, self.layer
        if layer is not None:
            check_layer(layer)
            targets = () if self.live else self.target_points
            check_points_inside(self.handle_points, targets, layer.width, layer.height)
        if mask is not None:
            if mask.channels != 1:
                raise BadInput("The movable mask must have 1 channel.")
            if layer is not None and (mask.width, mask.height) != (layer.width, layer.height):
                raise BadInput(
                    f"The mask is {mask.width} x {mask.height} pixels and the layer "
                    f"{layer.width} x {layer.height}: give a mask of the layer's size."
                )
            check_movable_mask(mask, self.handle_points)


@dataclass(frozen=True, slots=True)
class MoveTargets:
    """Where the points of a live drag are to go from now on. No answer; the newest one counts.

    `number` counts up from 1. All points are given: each handle names a point by where it was
    pressed. One that was not named before is pressed now, on the picture as it is; one that is not
    named any more is let go of. A point stays pinned if its target is where it is.
    """

    drag_id: int
    number: int
    handle_points: tuple[Point, ...]
    target_points: tuple[Point, ...]

    def __post_init__(self) -> None:
        if self.number < 1:
            raise BadInput(f"The targets' number is {self.number}; count from 1 upwards.")
        check_points(self.handle_points, self.target_points)
        if len(set(self.handle_points)) < len(self.handle_points):
            raise BadInput("Two points have the same handle: press them at different places.")


@dataclass(frozen=True, slots=True)
class EndLive:
    """The hand has let go of live drag `drag_id`. No answer of its own: the drag ends.

    With `keep` it goes on until it comes no nearer to the last targets, and ends with
    `DragFinished`, or with `DragCancelled` where nothing has moved. Without, as by `CancelDrag`.
    """

    drag_id: int
    keep: bool = True


@dataclass(frozen=True, slots=True)
class NextPreview:
    """The client has taken the last preview, live picture or frame. No answer."""

    drag_id: int


@dataclass(frozen=True, slots=True)
class CancelDrag:
    """End the drag that request `drag_id` began, after its current step. No answer of its own.

    With `keep` the drag ends with `DragFinished` and what it reached so far, else with
    `DragCancelled` and the edit as it was. The opening of a photo is ended likewise.
    """

    drag_id: int
    keep: bool = False


@dataclass(frozen=True, slots=True)
class CloseEdit:
    """The client needs the edit no more. Answer: `Done`."""

    edit_id: str


@dataclass(frozen=True, slots=True)
class FindState:
    """A layer shows a picture, named by its `Pixels.fingerprint`, of which its document knows
    nothing: what is its saved state? Answer: `StateFound`."""

    fingerprint: str


@dataclass(frozen=True, slots=True)
class GetHistory:
    """The drags of an edit, each with a small picture. Answer: `History`."""

    edit_id: str


@dataclass(frozen=True, slots=True)
class GoToDrag:
    """Show the edit as it was after its first `position` drags. Answer: `WentToDrag`.

    `layer` is the layer as the document shows it, see `StartDrag`.
    """

    edit_id: str
    revision: int
    position: int
    layer: Pixels | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.position <= MAX_DRAGS:
            raise BadInput(f"There is no drag {self.position}: a picture keeps {MAX_DRAGS}.")
        if self.layer is not None:
            check_layer(self.layer)


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Stop the daemon. Answer: `Done`."""


# -- events -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Welcome:
    """Who the daemon is; `leaves`: it ends now, because the client's own one is newer."""

    daemon: Side
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Pong:
    """The daemon is there."""


WorkerState = Literal["starting", "idle", "busy", "lost"]


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker process.

    Between jobs it learns more of the model `learning`, if it is named; `learned` is how much is
    known, 0 to 1.
    """

    device: str
    state: WorkerState
    pid: int | None
    learning: str | None = None
    learned: float = 1.0


@dataclass(frozen=True, slots=True)
class Status:
    """What the daemon is and does. `restored` are the edits that it found at its start."""

    version: str
    pid: int
    uptime_seconds: float
    idle_seconds: float
    edits: int
    drags: int
    workers: tuple[WorkerStatus, ...]
    restored: int = 0


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model, installed or to be had."""

    name: str
    subject: str
    width: int
    height: int
    licence: str


@dataclass(frozen=True, slots=True)
class ModelList:
    """The installed models, the default one first, and recommended ones to be had.

    `thumbnails` (RGBA) shows what is installed, in the order of `models`: squares of
    `THUMBNAIL_SIDE` one below the other, transparent where there is no picture.
    """

    models: tuple[ModelInfo, ...]
    available: tuple[ModelInfo, ...] = ()
    thumbnails: Pixels | None = None

    def __post_init__(self) -> None:
        if self.thumbnails is not None:
            _check_squares(self.thumbnails, len(self.models))

    def thumbnail(self, index: int) -> Pixels | None:
        """The picture of `models[index]`, None where there is none."""
        if self.thumbnails is None:
            return None
        square = _square(self.thumbnails, index)
        return square if any(square.data) else None


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
class OpenProgress:
    """A photo is being looked at: `share` of the work is done, 0 to 1.

    `preview` is what the model shows of it so far: RGBA, small, of the photo's shape.
    """

    share: float
    preview: Pixels | None = None


@dataclass(frozen=True, slots=True)
class OpenCancelled:
    """The opening was ended and left nothing behind."""


@dataclass(frozen=True, slots=True)
class DragProgress:
    """One step done; step 0 is the state before the first.

    Points in the layer's pixels, `mean_distance` in the model's pixels. `arrived` says of each
    handle whether it is near enough to its target. `prepared` is below 1 while a model is
    prepared for its first drag, once. `preview` is of an earlier step: it was rendered while the
    drag went on.
    """

    step: int
    max_steps: int
    handle_points: tuple[Point, ...]
    arrived: tuple[bool, ...]
    mean_distance: float
    loss: float
    prepared: float = 1.0
    preview: Pixels | None = None


Grip = Literal["held", "lost", "flat"]
"""How a live drag has hold of a point: it follows; it was not found again where it should be now;
it was pressed where nothing tells it from its surroundings, as on an even background."""


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """A live drag as it is now, on its way to the targets that `MoveTargets` `number` named.

    Points in the layer's pixels, in the order of the targets' message: `handle_points` where they
    are, `target_points` where they go, inside of the picture. `grips` has one for each.
    `mean_distance` in the model's pixels. `picture` shows the layer, RGBA, in its size or a smaller
    one of the same shape, to be scaled up. `resting`: nothing more comes until a target moves.
    `prepared` is below 1, and there is no picture, while a model is prepared for its first drag.
    """

    number: int
    step: int
    handle_points: tuple[Point, ...]
    target_points: tuple[Point, ...]
    arrived: tuple[bool, ...]
    grips: tuple[Grip, ...]
    mean_distance: float
    resting: bool = False
    prepared: float = 1.0
    picture: Pixels | None = None


@dataclass(frozen=True, slots=True)
class DragFrame:
    """Picture `number`, from 1, of those that were asked for of a drag that has ended.

    `layer` is the layer so far on the way, which is a straight one between its latents: a drag
    takes a few large steps. Each but the first is sent only after the client said `NextPreview`.
    """

    number: int
    layer: Pixels


StopReason = Literal["arrived", "stalled", "lost", "max-steps", "stopped"]
"""Every handle is at its target; they come no nearer; beyond the last picture one was not found
again; no more steps were allowed; the client ended the drag and kept what it had reached."""


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
        _check_squares(self.thumbnails, len(self.drags) + 1)

    def thumbnail(self, position: int) -> Pixels:
        """How the picture was after `position` drags."""
        return _square(self.thumbnails, position)


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
        values = tuple((name, str(value)) for name, value in error.values.items())
        return cls(error.code, str(error), error.sentence if values else "", values)

    def error(self) -> DragganError:
        return error_for(self.code, self.message, self.sentence, self.values)


Request = (
    Hello
    | Ping
    | GetStatus
    | ListModels
    | OpenEdit
    | StartDrag
    | MoveTargets
    | EndLive
    | NextPreview
    | CancelDrag
    | CloseEdit
    | FindState
    | GetHistory
    | GoToDrag
    | Shutdown
)
Event = (
    Welcome
    | Pong
    | Status
    | ModelList
    | OpenProgress
    | EditOpened
    | OpenCancelled
    | DragProgress
    | LiveFrame
    | DragFrame
    | DragFinished
    | History
    | WentToDrag
    | DragCancelled
    | StateFound
    | Done
    | Failure
)
Message = Request | Event

FINAL = (
    Welcome,
    Pong,
    Status,
    ModelList,
    EditOpened,
    OpenCancelled,
    DragFinished,
    History,
    WentToDrag,
    DragCancelled,
    StateFound,
    Done,
    Failure,
)
"""Events that end their request."""

UNANSWERED = (MoveTargets, EndLive, NextPreview, CancelDrag)
"""Requests about a drag, whose own events show what became of them."""

ANSWERS: dict[type[Request], type[Event]] = {
    Hello: Welcome,
    Ping: Pong,
    GetStatus: Status,
    ListModels: ModelList,
    OpenEdit: EditOpened,
    StartDrag: DragFinished,
    CloseEdit: Done,
    FindState: StateFound,
    GetHistory: History,
    GoToDrag: WentToDrag,
    Shutdown: Done,
}
"""The final event of each request that was carried out: of a drag, one that nobody cancelled."""

NEEDS: dict[type, str] = {
    MoveTargets: "live",
    EndLive: "live",
    GetHistory: "history",
    GoToDrag: "history",
    PhotoSource: "photos",
}
"""The feature, one of `versions.FEATURES`, that a daemon has to have for a request or source."""


def takes_long(message: Request) -> bool:
    """Whether it takes so long that `CancelDrag` ends it: a drag, or the opening of a photo."""
    return isinstance(message, StartDrag) or (
        isinstance(message, OpenEdit) and isinstance(message.source, PhotoSource)
    )


def feature_of(message: Request) -> str | None:
    """What the daemon has to have for a message."""
    if isinstance(message, StartDrag) and message.live:
        return "live"
    if isinstance(message, StartDrag) and message.frames:
        return "frames"
    part = message.source if isinstance(message, OpenEdit) else message
    return NEEDS.get(type(part))


# -- checks that hosts make too, before anything is sent ----------------------------------------


def check_layer(layer: Pixels) -> None:
    """Raises `BadInput` unless a layer is RGBA and large enough."""
    if layer.channels != 4:
        raise BadInput("The layer must be RGBA (4 channels).")
    check_layer_size(layer.width, layer.height)


def check_layer_size(width: int, height: int) -> None:
    """Raises `BadInput` for a layer too small to be dragged."""
    if min(width, height) < MIN_LAYER_SIDE:
        raise BadInput(
            "The layer is {width} x {height} pixels; a drag needs at least {least} x {least}.",
            width=width,
            height=height,
            least=MIN_LAYER_SIDE,
        )


def check_points(handles: tuple[Point, ...], targets: tuple[Point, ...]) -> None:
    """Raises `BadInput` unless there are 1 to `MAX_POINTS` finite pairs."""
    if not handles:
        raise BadInput("There are no points: mark at least one point and where it should go.")
    if len(handles) != len(targets):
        raise BadInput(f"{len(handles)} handle points but {len(targets)} target points.")
    if len(handles) > MAX_POINTS:
        raise BadInput(
            "{count} point pairs are more than the limit of {most}.",
            count=len(handles),
            most=MAX_POINTS,
        )
    for number, (handle, target) in enumerate(zip(handles, targets, strict=True), start=1):
        if not all(map(math.isfinite, (*handle, *target))):
            raise BadInput(
                "Point {number} has a coordinate that is not a finite number.", number=number
            )


def check_point_pairs(handles: tuple[Point, ...], targets: tuple[Point, ...]) -> None:
    """As `check_points`, and every pair has a distance to go."""
    check_points(handles, targets)
    for number, (handle, target) in enumerate(zip(handles, targets, strict=True), start=1):
        if handle == target:
            raise BadInput(
                "Point {number} is already at its target ({x}, {y}): move the target to where the "
                "point should go.",
                number=number,
                x=f"{handle[0]:g}",
                y=f"{handle[1]:g}",
            )


def check_points_inside(
    handles: tuple[Point, ...], targets: tuple[Point, ...], width: int, height: int
) -> None:
    """Raises `BadInput` where a point lies outside a layer of `width` x `height` pixels."""
    size = {"width": width, "height": height}
    for number, (x, y) in enumerate(handles, start=1):
        if not _is_inside(x, y, width, height):
            raise BadInput(
                "The handle of point {number} at ({x}, {y}) lies outside the picture of {width} x "
                "{height} pixels: move it inside.",
                number=number,
                x=f"{x:g}",
                y=f"{y:g}",
                **size,
            )
    for number, (x, y) in enumerate(targets, start=1):
        if not _is_inside(x, y, width, height):
            raise BadInput(
                "The target of point {number} at ({x}, {y}) lies outside the picture of {width} x "
                "{height} pixels: move it inside.",
                number=number,
                x=f"{x:g}",
                y=f"{y:g}",
                **size,
            )


def _is_inside(x: float, y: float, width: int, height: int) -> bool:
    return -0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5


def check_movable_mask(mask: Pixels, handles: tuple[Point, ...]) -> None:
    """Raises `BadInput` where nothing may move, or a handle lies on a pixel that is held (0).

    Something else would move in such a handle's place. Handles outside of the mask's own bounds
    are for `check_points_inside`.
    """
    if mask.data.count(0) == len(mask.data):
        raise BadInput(
            "The movable mask is empty, so nothing may change: select the part that may move, or "
            "select nothing to let the whole picture move."
        )
    for number, (x, y) in enumerate(handles, start=1):
        if not _is_inside(x, y, mask.width, mask.height):
            continue
        column = min(math.floor(x + 0.5), mask.width - 1)
        row = min(math.floor(y + 0.5), mask.height - 1)
        if mask.data[row * mask.width + column] == 0:
            raise BadInput(
                "The handle of point {number} at ({x}, {y}) lies outside of what may move (the "
                "selection or the mask): move the handle inside, select its surroundings too, or "
                "select nothing to let the whole picture move.",
                number=number,
                x=f"{x:g}",
                y=f"{y:g}",
            )


def _check_squares(sheet: Pixels, count: int) -> None:
    if (sheet.width, sheet.height, sheet.channels) != (THUMBNAIL_SIDE, THUMBNAIL_SIDE * count, 4):
        raise BadInput(
            f"{count} thumbnails are {sheet.width} x {sheet.height} pixels; expected RGBA squares "
            f"of {THUMBNAIL_SIDE} one below the other."
        )


def _square(sheet: Pixels, index: int) -> Pixels:
    size = THUMBNAIL_SIDE * THUMBNAIL_SIDE * 4
    data = sheet.data[index * size : (index + 1) * size]
    return Pixels(THUMBNAIL_SIDE, THUMBNAIL_SIDE, 4, data)
