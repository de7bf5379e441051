"""One view's drags and photos, from Start to what they leave behind, as `states.TABLE` says.

A session knows no editor and no toolkit: a `Host` reads layers, puts results into the document and
shows what it is told to. What is done before a drag stands in `waking`, in it in `course`, and what
it leaves in `kept`. Somewhat long, because here each act of that table has its method.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Generic

from draggan_server.host import kept
from draggan_server.host.course import Course
from draggan_server.host.faults import failure_sentence
from draggan_server.host.host import Host, Shown
from draggan_server.host.kept import Kept
from draggan_server.host.link import Link, Stop
from draggan_server.host.pairs import PointPair
from draggan_server.host.photo import PhotoRequest, sight_sentence
from draggan_server.host.request import LayerT, Request, Spread
from draggan_server.host.results import Found, Result, Results, gone
from draggan_server.host.sentences import refusals, said
from draggan_server.host.states import TABLE, Act, Cause, State, is_busy, may
from draggan_server.host.translation import tr
from draggan_server.host.unknown import OpenQuestion
from draggan_server.host.waking import Waking
from draggan_server.wire.errors import DragganError, ProtocolError
from draggan_server.wire.messages import DragFinished, EditOpened, Event, Failure, WentToDrag

logger = logging.getLogger(__name__)

WATCH_MS = 200

_SAID = {
    State.CHECKING: said.LOOKING_FOR_STATE,
    State.ASKING: said.LOOKING_FOR_STATE,
    State.LOOKING: said.LOOKING_FOR_DAEMON,
    State.STARTING: said.STARTING_DAEMON,
    State.OPENING: said.LOADING_MODEL,
    State.SEEING: said.SEEING,
    State.DRAGGING: said.DRAGGING,
    State.PREPARING: said.PREPARING_MODEL,
    State.LIVE: said.FOLLOWING,
    State.SETTLING: said.SETTLING,
    State.STOPPING: said.STOPPING,
}
"""What is said when a state is reached; of the others, what led there is said."""


_ENDS = (Cause.FINISHED, Cause.UNMOVED, Cause.RETURNED, Cause.FOUND, Cause.FAILED)
"""After these nothing more is heard of a job."""


class Session(Generic[LayerT]):
    """What the user asks for goes in here; the host is told what comes of it."""

    def __init__(self, host: Host[LayerT], link: Link) -> None:
        self._host = host
        self._link = link
        self._state = State.READY
        self._results: Results[LayerT] = Results(host.find, host.result_changed)
        self._waking: Waking[LayerT] = Waking(host, link, self._found_out)
        self._course: Course[LayerT] = Course(host, link, self._hear)
        self._event: Event | None = None
        self._live = False
        self._frames: tuple[int, int] | None = None
        self._position = 0
        self._found = Found.THERE
        self._stop_watching: Stop | None = None
        self._acts: dict[Act, Callable[[], None]] = {
            Act.NOTHING: lambda: None,
            Act.LOOK: self._waking.look,
            Act.ASK: self._waking.ask,
            Act.WELCOME: lambda: self._host.welcome(),
            Act.READ: self._read,
            Act.READ_PHOTO: self._read_photo,
            Act.READ_RETURN: self._read_return,
            Act.CHOOSE: self._choose,
            Act.BEGIN: self._begin,
            Act.SEE: lambda: self._course.see(self._event),
            Act.KNOW: self._know,
            Act.TELL: self._tell,
            Act.STEP: lambda: self._course.step(self._event),
            Act.AIM: self._course.aim,
            Act.LET_GO: self._course.let_go,
            Act.REST: self._rest,
            Act.STOP: self._course.stop,
            Act.KEEP: self._keep,
            Act.KEEP_RETURN: self._keep_return,
            Act.LAND: self._land,
            Act.CANCEL: self._cancel,
            Act.DISCARD: self._discard,
            Act.FAIL: self._fail,
            Act.LEAVE: lambda: self._host.leave(),
            Act.GO_BACK: self._go_back,
            Act.GO_FORWARD: self._go_forward,
            Act.CLOSE: self._close,
        }

    @property
    def state(self) -> State:
        return self._state

    @property
    def shown(self) -> Shown:
        """What the view shows."""
        if not is_busy(self._state):
            return Shown(self._state)
        words = self._course.words
        return Shown(self._state, words, self._course.fraction if words else None)

    @property
    def request(self) -> Request[LayerT] | None:
        """What the drag under way was asked to do; None where there is none."""
        request = self._course.request if is_busy(self._state) else None
        return request if isinstance(request, Request) else None

    @property
    def layer(self) -> LayerT | None:
        """The layer that something is under way with; None where nothing is."""
        request = self._course.request
        return request.layer if request and is_busy(self._state) else None

    @property
    def drags(self) -> tuple[Result[LayerT], ...]:
        """The drags so far whose documents are open, undone ones included."""
        return tuple(self._results)

    def result_of(self, key: str) -> Result[LayerT] | None:
        """The last drag that has left the layer of that key; None where none of these has."""
        return next(
            (one for one in reversed(self.drags) if one.layer.key == key and one.there), None
        )

    @property
    def undone(self) -> bool:
        """Whether the layer shown is what a result came from that the host's undo has removed."""
        return self._results.undone

    # -- what the user asks for -------------------------------------------------------------------

    def wake(self) -> None:
        """Points are going to be set: find out whether they can be, and let the daemon be there
        when they are."""
        self._fire(Cause.WAKE)

    def start(self, frames: tuple[int, int] | None = None) -> None:
        """Drag what the host reads, or have a model show it; over the frames of an animation, from
        the first to the last, where these are given."""
        self._live, self._frames = False, frames
        self._ask(Cause.START, refusals.DRAG_UNDER_WAY)

    def recognise(self) -> None:
        """Have a model show what the host reads, whether that has a state or not."""
        self._live = False
        self._ask(Cause.RECOGNISE, refusals.DRAG_UNDER_WAY)

    def go_to(self, position: int) -> None:
        """Have what the host reads as it was after the first `position` of its drags."""
        self._live, self._position = False, position
        self._ask(Cause.RETURN, refusals.DRAG_UNDER_WAY)

    def press(self) -> None:
        """Let the picture follow the hand, which has taken hold of one of the points that the host
        reads."""
        if may(self._state, Cause.PRESS):
            self._live, self._frames = True, None
            self._fire(Cause.PRESS)

    def pull(self, pairs: Sequence[PointPair]) -> None:
        """The hand has moved: where the points are to go, in pixels of the picture, or outside."""
        if self.request is not None and self.request.live:
            self._course.aimed = pairs
            self._fire(Cause.PULL)

    def release(self) -> None:
        """The hand lets go: keep what the picture has become."""
        if self.request is not None and self.request.live:
            self._fire(Cause.RELEASE)

    def stop(self) -> None:
        """End what is under way, and keep what it reached."""
        busy = is_busy(self._state)
        self._ask(Cause.STOP, refusals.NOTHING_TO_STOP if busy else refusals.NO_DRAG)

    def cancel(self) -> None:
        """End what is under way, and leave all as it was."""
        self._ask(Cause.CANCEL, refusals.NO_DRAG)

    def escape(self) -> None:
        """Give up the next of these: a pair in the making, a drag, the setting of points. What the
        picture follows is both, a pair and a drag."""
        live = self.request is not None and self.request.live
        if not self._host.give_up_pair() or live:
            self._fire(Cause.ESCAPE)

    def close(self) -> None:
        """The view is closed: nothing is shown any more."""
        self._fire(Cause.CLOSE)

    # -- the table --------------------------------------------------------------------------------

    def _ask(self, cause: Cause, refusal: str) -> None:
        if may(self._state, cause):
            self._fire(cause)
        elif self._state is not State.ENDED:
            self._host.say(tr(refusal), True)

    def _fire(self, cause: Cause) -> None:
        rule = TABLE[self._state].get(cause)
        if rule is None:
            return
        before, self._state = self._state, rule.state
        if rule.state is not before and rule.state in _SAID:
            self._host.say(tr(_SAID[rule.state]), False)
        try:
            self._acts[rule.act]()
        except DragganError as error:
            self._go_wrong(Failure.of(error))
        except Exception as error:
            logger.exception("unexpected error in %s", rule.act.name)
            self._go_wrong(self._link.fault(error))
        # A hand moves 60 times a second, and its moves alone change nothing of what is shown.
        if self._state is not State.ENDED and rule.act is not Act.AIM:
            self._host.show(self.shown)

    def _go_wrong(self, failure: Failure) -> None:
        self._event = failure
        if may(self._state, Cause.FAILED):
            self._fire(Cause.FAILED)
        elif self._state is not State.ENDED:
            self._fail()

    def _hear(self, cause: Cause, event: Event | None) -> None:
        self._event = event
        if self._is_gone():
            cause = Cause.GONE
        elif cause in _ENDS and not may(self._state, cause):
            wrong = ProtocolError(refusals.OUT_OF_TURN, event=type(event).__name__)
            self._event, cause = Failure.of(wrong), Cause.FAILED
        self._fire(cause)

    def _found_out(self, cause: Cause, event: Event | None) -> None:
        if event is not None:
            self._event = event
        self._fire(cause)

    # -- what is done -----------------------------------------------------------------------------

    def _read(self) -> None:
        self._begin_anew()
        try:
            request = self._host.read(self._live)
            self._take(request if self._frames is None else Spread.of(request, self._frames))
        except OpenQuestion as unknown:
            if self._live:
                raise  # the hand would have let go by the time of the answer
            self._waking.wonder(unknown)

    def _read_photo(self) -> None:
        self._begin_anew()
        self._take(self._host.read_photo())

    def _read_return(self) -> None:
        self._waking.end()
        self._take(self._host.read_return(self._position))

    def _begin_anew(self) -> None:
        self._waking.end()
        self._waking.forget()
        self._course.request = None

    def _take(self, request: Request[LayerT] | PhotoRequest[LayerT]) -> None:
        self._course.request = request
        no_model = isinstance(request, PhotoRequest) and not request.model
        self._fire(Cause.CHOICE if no_model else Cause.READ)

    def _choose(self) -> None:
        self._host.say(tr(said.CHOOSE_MODEL, name=self._course.asked.layer.name), False)

    def _begin(self) -> None:
        self._watch()
        self._course.begin()

    def _know(self) -> None:
        opened, request = self._event, self._course.asked
        self._course.end()
        if isinstance(opened, EditOpened) and isinstance(request, PhotoRequest):
            self._host.know(request, opened.saved_state)
            self._fire(Cause.KNOWN)

    def _tell(self) -> None:
        opened, request = self._event, self._course.asked
        if isinstance(opened, EditOpened) and isinstance(request, PhotoRequest):
            self._host.say(sight_sentence(opened.saved_state, request.instead), False)

    def _rest(self) -> None:
        self._course.end()
        self._host.say(tr(said.NOT_MOVED), False)

    def _keep(self) -> None:
        finished, request = self._event, self._course.dragged
        self._course.end()
        if isinstance(finished, DragFinished):
            self._place(request, kept.of_drag(finished, request, self._course.aimed))

    def _keep_return(self) -> None:
        went, request = self._event, self._course.dragged
        self._course.end()
        if isinstance(went, WentToDrag):
            self._place(request, kept.of_return(went, request, self._position))

    def _place(self, request: Request[LayerT], left: Kept) -> None:
        layer = self._host.place(request, left.result, left.pairs)
        self._results.add(Result(request, layer, left.pairs, left.arrived, left.sentence))
        self._fire(Cause.KEPT)

    def _land(self) -> None:
        self._watch()
        result = self._results.newest
        self._host.show_layer(result.layer, result.pairs, result.arrived)
        self._host.say(result.sentence, False)

    def _cancel(self) -> None:
        self._abandon()
        self._host.say(tr(said.CANCELLED), False)

    def _discard(self) -> None:
        self._abandon()
        raise gone(self._found, self._course.asked.layer.name)

    def _fail(self) -> None:
        self._abandon()
        failure = self._event
        if isinstance(failure, Failure):
            self._host.say(failure_sentence(failure, said.START_TO_TRY_AGAIN), True)

    def _go_back(self) -> None:
        request = self._results.go_back().request
        if self._host.find(request.layer) is Found.THERE:
            self._host.show_layer(request.layer, request.pairs, False)
            self._host.say(tr(said.UNDONE), False)

    def _go_forward(self) -> None:
        result = self._results.go_forward()
        self._host.show_layer(result.layer, result.pairs, result.arrived)
        self._host.say(result.sentence, False)

    def _close(self) -> None:
        self._waking.end()
        self._abandon()
        if self._stop_watching is not None:
            self._stop_watching()

    def _abandon(self) -> None:
        self._waking.forget()
        self._course.abandon()

    # -- the document -----------------------------------------------------------------------------

    def _watch(self) -> None:
        if self._stop_watching is None:
            self._stop_watching = self._link.every(WATCH_MS, self._look_at_document)

    def _look_at_document(self) -> None:
        """Krita and GIMP do not say when a layer is removed, undone or redone."""
        if self._is_gone():
            self._fire(Cause.GONE)
        self._results.look()
        while self._results.can_go_back and may(self._state, Cause.UNDONE):
            self._fire(Cause.UNDONE)
        while self._results.can_go_forward and may(self._state, Cause.REDONE):
            self._fire(Cause.REDONE)

    def _is_gone(self) -> bool:
        layer = self.layer
        if layer is not None:
            self._found = self._host.find(layer)
            return self._found is not Found.THERE
        return False
