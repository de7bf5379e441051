"""A session as a table: what it may be doing, what may happen then, and what comes of it."""

from __future__ import annotations

import enum
from typing import NamedTuple


class State(enum.Enum):
    """What a session is doing."""

    READY = "points can be set and a drag started"
    WAKING = "the same, while the daemon is looked for unasked, so that it is there for a drag"
    CHECKING = "the same, while the daemon is asked whether it knows the layer's picture"
    CHOOSING = "nobody knows the picture: the user chooses the model that shall show it"
    READING = "the host reads the layer; Krita runs its event loop meanwhile"
    ASKING = "a drag waits for the daemon to say whether it knows the layer's picture"
    LOOKING = "a drag or a photo waits for the daemon"
    STARTING = "a drag or a photo waits for the daemon, which had to be started"
    OPENING = "the daemon opens the picture's state, or the photo, and loads its model"
    SEEING = "the daemon finds out how the model shows the photo"
    DRAGGING = "the points move"
    PREPARING = "the daemon prepares the model for its first drag, once"
    LIVE = "the picture follows the hand"
    SETTLING = "the hand has let go; the picture is refined, and will be kept"
    STOPPING = "the last step is awaited; what it reaches will be kept"
    KEEPING = "the host puts what came of it into the document; Krita runs its event loop meanwhile"
    ENDED = "the view was closed"


class Cause(enum.Enum):
    """What may happen: asked for by the user, said by the daemon, or found in the document."""

    WAKE = "the user begins to set points"
    START = "the user presses Start"
    RECOGNISE = "the user wants a model to show what is on the layer"
    STOP = "the user presses Stop"
    CANCEL = "the user presses Cancel"
    ESCAPE = "the user presses Escape, and no pair is in the making"
    PRESS = "the user takes hold of a point that the picture shall follow"
    PULL = "the hand has moved"
    RELEASE = "the hand lets go"
    RETURN = "the user chooses another of the drags that the picture has"
    CLOSE = "the user closes the view"

    READ = "the host has read the layer"
    STATELESS = "its document keeps no state for the layer"
    CHOICE = "the host has read a photo, and no model is chosen yet to show it"
    KEPT = "the result is in the document"
    KNOWN = "the document knows the photo"
    GONE = "the layer that is worked on was removed, or its document closed"
    UNDONE = "the host's undo has removed the result that is shown"
    REDONE = "the host's redo has brought back the result that was shown"

    SPAWNED = "the daemon has to be started"
    CONNECTED = "the daemon is there"
    REMEMBERED = "the daemon has a state of the layer's picture, which is kept with it now"
    UNKNOWN = "the daemon has none either: it is a photo"
    OPENED = "the picture's state is open, and the drag asked for"
    FOLLOWING = "the picture's state is open, and the picture about to follow the hand"
    SEEN = "the model shows a little more of the photo"
    FOUND = "the daemon hands out how the model shows the photo"
    PREPARED = "one more part of the model is prepared"
    STEPPED = "a step is done"
    FOLLOWED = "the picture is nearer to the hand"
    FINISHED = "the daemon hands out the result"
    RETURNED = "the daemon hands out how the picture was"
    UNMOVED = "the hand has let go of a picture in which nothing has moved"
    FAILED = "it cannot be done, or the daemon cannot be reached"


class Act(enum.Enum):
    """What a session does about it, once it is in the state that follows."""

    NOTHING = "show the state"
    LOOK = "let the host say how points are set, and connect to the daemon"
    ASK = "ask the daemon for the state of the layer's picture"
    WELCOME = "let the host say how points are set"
    READ = "let the host read the layer"
    READ_PHOTO = "let the host read the layer, as a photo"
    READ_RETURN = "let the host read the layer, to go back to a drag"
    CHOOSE = "ask for the model that shall show the photo"
    BEGIN = "connect to the daemon, and drag, or have a model show the photo"
    SEE = "show what the model sees"
    KNOW = "let the host keep how the model shows the photo"
    TELL = "say how well the model shows the photo"
    STEP = "show how far it is"
    AIM = "tell the daemon where the hand is"
    LET_GO = "tell the daemon that the hand has let go"
    STOP = "ask the daemon for what was reached"
    REST = "say that nothing has moved"
    KEEP = "let the host put the result into the document"
    KEEP_RETURN = "let the host put how the picture was into the document"
    LAND = "show the result, and say how the drag ended"
    CANCEL = "give up at once, and say so"
    DISCARD = "give up at once, and say what became of the layer"
    FAIL = "say what is wrong"
    LEAVE = "let the host leave the setting of points"
    GO_BACK = "show the layer that the result came from"
    GO_FORWARD = "show the result again"
    CLOSE = "give up whatever is under way"


class Rule(NamedTuple):
    """The state that follows, and what is done in it."""

    state: State
    act: Act


Rules = dict[Cause, Rule]


def _idle(state: State) -> Rules:
    """In `state` nothing is under way."""
    return {
        Cause.START: Rule(State.READING, Act.READ),
        Cause.RECOGNISE: Rule(State.READING, Act.READ_PHOTO),
        Cause.PRESS: Rule(State.READING, Act.READ),
        Cause.RETURN: Rule(State.READING, Act.READ_RETURN),
        Cause.ESCAPE: Rule(state, Act.LEAVE),
        Cause.UNDONE: Rule(state, Act.GO_BACK),
        Cause.REDONE: Rule(state, Act.GO_FORWARD),
        Cause.CLOSE: Rule(State.ENDED, Act.CLOSE),
    }


_BUSY: Rules = {
    Cause.CANCEL: Rule(State.READY, Act.CANCEL),
    Cause.ESCAPE: Rule(State.READY, Act.CANCEL),
    Cause.GONE: Rule(State.READY, Act.DISCARD),
    Cause.FAILED: Rule(State.READY, Act.FAIL),
    Cause.CLOSE: Rule(State.ENDED, Act.CLOSE),
}


def _under_way(state: State) -> Rules:
    """In `state` a drag waits for its first step; what the hand does is told later."""
    return {
        **_BUSY,
        Cause.PULL: Rule(state, Act.AIM),
        Cause.RELEASE: Rule(state, Act.LET_GO),
    }


TABLE: dict[State, Rules] = {
    State.READY: {
        **_idle(State.READY),
        Cause.WAKE: Rule(State.WAKING, Act.LOOK),
    },
    State.WAKING: {
        **_idle(State.WAKING),
        Cause.CONNECTED: Rule(State.READY, Act.NOTHING),
        Cause.STATELESS: Rule(State.CHECKING, Act.ASK),
        Cause.FAILED: Rule(State.READY, Act.NOTHING),
    },
    State.CHECKING: {
        **_idle(State.CHECKING),
        Cause.REMEMBERED: Rule(State.READY, Act.WELCOME),
        Cause.UNKNOWN: Rule(State.READING, Act.READ_PHOTO),
        Cause.FAILED: Rule(State.READY, Act.FAIL),
    },
    State.CHOOSING: {
        **_idle(State.CHOOSING),
        Cause.WAKE: Rule(State.WAKING, Act.LOOK),
    },
    State.READING: {
        Cause.READ: Rule(State.LOOKING, Act.BEGIN),
        Cause.STATELESS: Rule(State.ASKING, Act.ASK),
        Cause.CHOICE: Rule(State.CHOOSING, Act.CHOOSE),
        Cause.FAILED: Rule(State.READY, Act.FAIL),
        Cause.CLOSE: Rule(State.ENDED, Act.CLOSE),
    },
    State.ASKING: {
        Cause.REMEMBERED: Rule(State.READING, Act.READ),
        Cause.UNKNOWN: Rule(State.READING, Act.READ_PHOTO),
        Cause.CANCEL: Rule(State.READY, Act.CANCEL),
        Cause.ESCAPE: Rule(State.READY, Act.CANCEL),
        Cause.FAILED: Rule(State.READY, Act.FAIL),
        Cause.CLOSE: Rule(State.ENDED, Act.CLOSE),
    },
    State.LOOKING: {
        **_under_way(State.LOOKING),
        Cause.SPAWNED: Rule(State.STARTING, Act.NOTHING),
        Cause.CONNECTED: Rule(State.OPENING, Act.NOTHING),
    },
    State.STARTING: {
        **_under_way(State.STARTING),
        Cause.CONNECTED: Rule(State.OPENING, Act.NOTHING),
    },
    State.OPENING: {
        **_under_way(State.OPENING),
        Cause.OPENED: Rule(State.DRAGGING, Act.NOTHING),
        Cause.FOLLOWING: Rule(State.LIVE, Act.NOTHING),
        Cause.RETURNED: Rule(State.KEEPING, Act.KEEP_RETURN),
        Cause.SEEN: Rule(State.SEEING, Act.SEE),
    },
    State.SEEING: {
        **_BUSY,
        Cause.STOP: Rule(State.STOPPING, Act.STOP),
        Cause.SEEN: Rule(State.SEEING, Act.SEE),
        Cause.FOUND: Rule(State.KEEPING, Act.KNOW),
    },
    State.DRAGGING: {
        **_BUSY,
        Cause.STOP: Rule(State.STOPPING, Act.STOP),
        Cause.PREPARED: Rule(State.PREPARING, Act.STEP),
        Cause.STEPPED: Rule(State.DRAGGING, Act.STEP),
        Cause.FINISHED: Rule(State.KEEPING, Act.KEEP),
    },
    State.PREPARING: {
        **_under_way(State.PREPARING),
        Cause.STOP: Rule(State.STOPPING, Act.STOP),
        Cause.PREPARED: Rule(State.PREPARING, Act.STEP),
        Cause.STEPPED: Rule(State.DRAGGING, Act.STEP),
        Cause.FOLLOWED: Rule(State.LIVE, Act.STEP),
    },
    State.LIVE: {
        **_BUSY,
        Cause.PULL: Rule(State.LIVE, Act.AIM),
        Cause.RELEASE: Rule(State.SETTLING, Act.LET_GO),
        Cause.PREPARED: Rule(State.PREPARING, Act.STEP),
        Cause.FOLLOWED: Rule(State.LIVE, Act.STEP),
        Cause.FINISHED: Rule(State.KEEPING, Act.KEEP),
        Cause.UNMOVED: Rule(State.READY, Act.REST),
    },
    State.SETTLING: {
        **_BUSY,
        Cause.STOP: Rule(State.STOPPING, Act.STOP),
        Cause.FOLLOWED: Rule(State.SETTLING, Act.STEP),
        Cause.FINISHED: Rule(State.KEEPING, Act.KEEP),
        Cause.UNMOVED: Rule(State.READY, Act.REST),
    },
    State.STOPPING: {
        **_BUSY,
        Cause.PREPARED: Rule(State.STOPPING, Act.STEP),
        Cause.STEPPED: Rule(State.STOPPING, Act.STEP),
        Cause.FOLLOWED: Rule(State.STOPPING, Act.STEP),
        Cause.SEEN: Rule(State.STOPPING, Act.SEE),
        Cause.FOUND: Rule(State.KEEPING, Act.KNOW),
        Cause.FINISHED: Rule(State.KEEPING, Act.KEEP),
        Cause.UNMOVED: Rule(State.READY, Act.REST),
    },
    State.KEEPING: {
        Cause.KEPT: Rule(State.READY, Act.LAND),
        Cause.KNOWN: Rule(State.READY, Act.TELL),
        Cause.FAILED: Rule(State.READY, Act.FAIL),
        Cause.CLOSE: Rule(State.ENDED, Act.CLOSE),
    },
    State.ENDED: {},
}


def may(state: State, cause: Cause) -> bool:
    """Whether it can happen in that state; so it says, too, what may be pressed."""
    return cause in TABLE[state]


def is_busy(state: State) -> bool:
    """Whether something is under way, which can be given up."""
    return may(state, Cause.CANCEL)
