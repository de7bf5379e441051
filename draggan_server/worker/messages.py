"""What the broker and a worker say to each other, in the frames of `draggan_server.wire.codec`.

Both sides are of one installation, so there is no document and no version of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from draggan_server.wire.autosave import Autosave
from draggan_server.wire.codec import Codec
from draggan_server.wire.errors import DragganError, ForeignVersion
from draggan_server.wire.messages import (
    DragFrame,
    DragProgress,
    Failure,
    GoToDrag,
    History,
    LiveFrame,
    OpenProgress,
    Pixels,
    Sample,
    SamplesDrawn,
    Source,
    StartDrag,
    StopReason,
)
from draggan_server.wire.state import Point

KEPT_MODELS = 2
"""Models that a worker has in memory at a time."""

# -- to the worker ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunOpen:
    """Make the state of a sample or a photo, or check a saved one, and render it.

    Events, of a photo: `JobOpening`; end: `JobOpened` or `JobStopped`. With `installed_only` a
    model's file that is not among the installed ones is refused.
    """

    job: int
    source: Source
    installed_only: bool = False


@dataclass(frozen=True, slots=True)
class RunDrag:
    """Drag the state, or go on with such a drag from where `autosave` says.

    Events: `JobProgress` and `JobSaved`, then `JobWay`, or live `JobFrame`; end: `JobFinished` or
    `JobStopped`.
    """

    job: int
    saved_state: str
    request: StartDrag
    autosave: Autosave | None = None


@dataclass(frozen=True, slots=True)
class RunHistory:
    """Show the state's drags. End: `JobHistory`."""

    job: int
    saved_state: str


@dataclass(frozen=True, slots=True)
class RunSamples:
    """Draw samples small. `installed_only` as in `RunOpen`. End: `JobSamples`."""

    job: int
    samples: tuple[Sample, ...]
    installed_only: bool = False


@dataclass(frozen=True, slots=True)
class RunGoTo:
    """Go to another of the state's drags. End: `JobWentTo`."""

    job: int
    saved_state: str
    request: GoToDrag


@dataclass(frozen=True, slots=True)
class Aim:
    """Where the points of a live drag are to go, see `draggan_server.wire.messages.MoveTargets`."""

    job: int
    number: int
    handle_points: tuple[Point, ...]
    target_points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class LetGo:
    """End the live drag when it comes no nearer. End: `JobFinished`, or `JobStopped` unmoved."""

    job: int


@dataclass(frozen=True, slots=True)
class StopJob:
    """End the drag, or the opening of a photo, after its step; with `keep` as if it were done."""

    job: int
    keep: bool


@dataclass(frozen=True, slots=True)
class GrantPreview:
    """The client can take another preview."""

    job: int


@dataclass(frozen=True, slots=True)
class Leave:
    """End the process."""


# -- to and from the bridge to a Ray cluster ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ActorReady:
    """There is an actor; `WorkerReady` follows. `pid` is its process's on that node."""

    node: str
    pid: int


@dataclass(frozen=True, slots=True)
class ActorLost:
    """The actor has ended. Nothing more is done until `LossSeen`: what was said before was meant
    for the one that is lost."""

    reason: str


@dataclass(frozen=True, slots=True)
class LossSeen:
    pass


@dataclass(frozen=True, slots=True)
class EndActor:
    """End the actor at once; `ActorLost` follows."""


# -- from the worker ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """Everything is imported; jobs can come."""

    device: str


@dataclass(frozen=True, slots=True)
class Learned:
    """Between jobs: how much is known of `model` of what drags need to know, 0 to 1."""

    model: str
    fraction: float


@dataclass(frozen=True, slots=True)
class CardMemory:
    """Between jobs: how many bytes of a card's memory its process has `taken`, and how many are
    `free`."""

    taken: int
    free: int


@dataclass(frozen=True, slots=True)
class JobOpening:
    job: int
    progress: OpenProgress


@dataclass(frozen=True, slots=True)
class JobOpened:
    job: int
    model: str
    saved_state: str
    picture: Pixels


@dataclass(frozen=True, slots=True)
class JobProgress:
    job: int
    progress: DragProgress


@dataclass(frozen=True, slots=True)
class JobSaved:
    """What a drag has reached, now and then."""

    job: int
    autosave: Autosave


@dataclass(frozen=True, slots=True)
class JobFrame:
    """One more picture of a live drag."""

    job: int
    frame: LiveFrame


@dataclass(frozen=True, slots=True)
class JobWay:
    """One more frame of a drag whose frames were asked for."""

    job: int
    frame: DragFrame


@dataclass(frozen=True, slots=True)
class JobFinished:
    """See `draggan_server.wire.messages.DragFinished`."""

    job: int
    steps: int
    reason: StopReason
    mean_distance: float
    seconds: float
    handle_points: tuple[Point, ...]
    saved_state: str
    layer: Pixels
    paint_replaced: bool = False


@dataclass(frozen=True, slots=True)
class JobHistory:
    job: int
    history: History


@dataclass(frozen=True, slots=True)
class JobSamples:
    job: int
    drawn: SamplesDrawn


@dataclass(frozen=True, slots=True)
class JobWentTo:
    """See `draggan_server.wire.messages.WentToDrag`."""

    job: int
    saved_state: str
    layer: Pixels
    paint_replaced: bool


@dataclass(frozen=True, slots=True)
class JobStopped:
    job: int


@dataclass(frozen=True, slots=True)
class JobFailed:
    """`code` names a class of `draggan_server.wire.errors`; the rest is a `Failure`'s."""

    job: int
    code: str
    message: str
    sentence: str = ""
    values: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, job: int, error: DragganError) -> JobFailed:
        failure = Failure.of(error)
        return cls(job, failure.code, failure.message, failure.sentence, failure.values)


Task = RunOpen | RunDrag | RunHistory | RunSamples | RunGoTo
Word = Aim | LetGo | StopJob | GrantPreview
"""What is said of the task that runs."""

UnderWay = JobOpening | JobProgress | JobSaved | JobFrame | JobWay
Ended = JobOpened | JobFinished | JobHistory | JobSamples | JobWentTo | JobStopped | JobFailed
WorkerEvent = WorkerReady | UnderWay | Ended

WORKER_CODEC = Codec(
    (
        RunOpen,
        RunDrag,
        RunHistory,
        RunSamples,
        RunGoTo,
        Aim,
        LetGo,
        StopJob,
        GrantPreview,
        Leave,
        ActorReady,
        ActorLost,
        LossSeen,
        EndActor,
        WorkerReady,
        Learned,
        CardMemory,
        JobOpening,
        JobOpened,
        JobProgress,
        JobSaved,
        JobFrame,
        JobWay,
        JobFinished,
        JobHistory,
        JobSamples,
        JobWentTo,
        JobStopped,
        JobFailed,
    ),
    foreign=lambda version: ForeignVersion("DragGAN was updated while its daemon ran."),
)
