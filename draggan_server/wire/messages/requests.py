"""What a client asks of the daemon."""

from __future__ import annotations

from dataclasses import dataclass

from draggan_server.wire.drag_config import METHODS, DragConfig, drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages.checks import (
    check_layer,
    check_movable_mask,
    check_point_pairs,
    check_points,
    check_points_inside,
)
from draggan_server.wire.messages.pixels import Pixels
from draggan_server.wire.messages.sources import Sample, Source
from draggan_server.wire.state import MAX_DRAGS, Point
from draggan_server.wire.versions import Side

LIVE_METHOD = METHODS[0]
"""The drag method that can change its targets on the way."""

MAX_FRAMES = 200
"""Pictures of a drag's way."""

MAX_SAMPLES = 12
"""Samples drawn small at a time: nobody else's request waits for more."""


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
class DrawSamples:
    """Draw samples of one model small, to choose from. Answer: `SamplesDrawn`."""

    samples: tuple[Sample, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.samples) <= MAX_SAMPLES:
            raise BadInput(
                "{count} samples at a time; give 1 to {most}.",
                count=len(self.samples),
                most=MAX_SAMPLES,
            )
        if len({sample.model for sample in self.samples}) > 1:
            raise BadInput("The samples are of several models; ask for those of one at a time.")

    @property
    def model(self) -> str:
        return self.samples[0].model


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
    come at least `preview_seconds` apart (0: as fast as they come), each but the first after
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
                    "The method '{method}' cannot follow the hand: choose '{live}' for a "
                    "live drag.",
                    method=self.config.method,
                    live=LIVE_METHOD,
                )
        else:
            check_point_pairs(self.handle_points, self.target_points)
        if not 0 <= self.frames <= MAX_FRAMES:
            raise BadInput(
                "frames is {frames}; give 0 to {most}.",
                frames=self.frames,
                most=MAX_FRAMES,
            )
        if self.live and self.frames:
            raise BadInput("A live drag has no frames of its way: it shows its pictures itself.")
        if not 0 <= self.preview_seconds <= 60:
            raise BadInput(
                "preview_seconds is {preview_seconds}; give 0 to 60.",
                preview_seconds=self.preview_seconds,
            )
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
                    "The mask is {width} x {height} pixels and the layer {layer_width} x "
                    "{layer_height}: give a mask of the layer's size.",
                    width=mask.width,
                    height=mask.height,
                    layer_width=layer.width,
                    layer_height=layer.height,
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
            raise BadInput(
                "The targets' number is {number}; count from 1 upwards.", number=self.number
            )
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
            raise BadInput(
                "There is no drag {position}: a picture keeps {most}.",
                position=self.position,
                most=MAX_DRAGS,
            )
        if self.layer is not None:
            check_layer(self.layer)


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Stop the daemon. Answer: `Done`."""
