"""All messages, and what belongs together."""

from __future__ import annotations

from draggan_server.wire.messages.answers import (
    Done,
    DragCancelled,
    DragFinished,
    EditOpened,
    Failure,
    History,
    ModelList,
    OpenCancelled,
    Pong,
    SamplesDrawn,
    StateFound,
    Status,
    Welcome,
    WentToDrag,
)
from draggan_server.wire.messages.events import (
    DragFrame,
    DragProgress,
    LiveFrame,
    OpenProgress,
    Resumed,
)
from draggan_server.wire.messages.models import (
    AddModel,
    Catalogue,
    Errand,
    GetCatalogue,
    ModelProgress,
    ModelReady,
    ModelStopped,
    PrepareModel,
    PullModel,
    RemoveModel,
)
from draggan_server.wire.messages.requests import (
    CancelDrag,
    CloseEdit,
    DrawSamples,
    EndLive,
    FindState,
    GetHistory,
    GetStatus,
    GoToDrag,
    Hello,
    ListModels,
    MoveTargets,
    NextPreview,
    OpenEdit,
    Ping,
    Shutdown,
    StartDrag,
)
from draggan_server.wire.messages.sources import BlendSource, PhotoSource, SavedState

Request = (
    Hello
    | Ping
    | GetStatus
    | ListModels
    | GetCatalogue
    | PullModel
    | AddModel
    | PrepareModel
    | RemoveModel
    | OpenEdit
    | DrawSamples
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
    | Catalogue
    | ModelProgress
    | ModelReady
    | ModelStopped
    | OpenProgress
    | EditOpened
    | OpenCancelled
    | SamplesDrawn
    | Resumed
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
    Catalogue,
    ModelReady,
    ModelStopped,
    EditOpened,
    OpenCancelled,
    SamplesDrawn,
    DragFinished,
    History,
    WentToDrag,
    DragCancelled,
    StateFound,
    Done,
    Failure,
)
"""Events that end their request."""

Work = OpenEdit | DrawSamples | StartDrag | GetHistory | GoToDrag
"""The requests that need a worker, for whose turn they wait."""

UNANSWERED = (MoveTargets, EndLive, NextPreview, CancelDrag)
"""Requests about a drag, whose own events show what became of them."""

ANSWERS: dict[type[Request], type[Event]] = {
    Hello: Welcome,
    Ping: Pong,
    GetStatus: Status,
    ListModels: ModelList,
    GetCatalogue: Catalogue,
    PullModel: ModelReady,
    AddModel: ModelReady,
    PrepareModel: ModelReady,
    RemoveModel: Done,
    OpenEdit: EditOpened,
    DrawSamples: SamplesDrawn,
    StartDrag: DragFinished,
    CloseEdit: Done,
    FindState: StateFound,
    GetHistory: History,
    GoToDrag: WentToDrag,
    Shutdown: Done,
}
"""The final event of each request that was carried out, and that nobody cancelled."""

NEEDS: dict[type, str] = {
    GetCatalogue: "models",
    PullModel: "models",
    AddModel: "models",
    PrepareModel: "models",
    RemoveModel: "models",
    MoveTargets: "live",
    EndLive: "live",
    GetHistory: "history",
    GoToDrag: "history",
    PhotoSource: "photos",
    DrawSamples: "samples",
    BlendSource: "samples",
}
"""The feature, one of `versions.FEATURES`, that a daemon has to have for a request or source."""


def takes_long(message: Request) -> bool:
    """Whether it takes so long that `CancelDrag` ends it: a drag, the opening of a photo, or what
    is done with a model."""
    return isinstance(message, StartDrag | Errand) or (
        isinstance(message, OpenEdit) and isinstance(message.source, PhotoSource)
    )


def feature_of(message: Request) -> str | None:
    """What the daemon has to have for a message."""
    if isinstance(message, StartDrag) and message.live:
        return "live"
    if isinstance(message, StartDrag) and message.frames:
        return "frames"
    part = message.source if isinstance(message, OpenEdit) else message
    if isinstance(part, PhotoSource) and part.marks is not None:
        return "marks"
    if isinstance(part, SavedState) and part.layer is not None:
        return "places"
    return NEEDS.get(type(part))
