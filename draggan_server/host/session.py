"""One view's drags and photos, from Start to what they leave behind, as `states.TABLE` says.

A session knows no editor and no toolkit: a `Host` reads layers, puts results into the document and
shows what it is told to. In one file, because each of its methods is one act of that table, and all
of them share the state of the one job under way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Generic

from draggan_server.host.drag_job import DragJob
from draggan_server.host.endings import end_sentence, next_sentence
from draggan_server.host.faults import failure_sentence
from draggan_server.host.history import after_drag
from draggan_server.host.host import Host, Shown
from draggan_server.host.job import Job
from draggan_server.host.link import Link, Stop, Work
from draggan_server.host.pairs import Bounds, PointPair
from draggan_server.host.photo import PhotoRequest, sight_sentence
from draggan_server.host.photo_job import PhotoJob
from draggan_server.host.progress import DragMeter
from draggan_server.host.request import LayerT, Request, Return
from draggan_server.host.results import Found, Result, Results
from draggan_server.host.return_job import ReturnJob
from draggan_server.host.sentences import refusals, said
from draggan_server.host.states import TABLE, Act, Cause, State, is_busy, may
from draggan_server.host.translation import tr, tr_error
from draggan_server.host.unknown import UnknownPicture
from draggan_server.wire.errors import BadInput, DragganError, ProtocolError
from draggan_server.wire.messages import (
    DragFinished,
    DragProgress,
    EditOpened,
    Event,
    Failure,
    FindState,
    LiveFrame,
    OpenProgress,
    Resumed,
    StateFound,
    WentToDrag,
)

logger = logging.getLogger(__name__)

PREVIEW_SECONDS = 0.15
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
        self._waking: Work | None = None
        self._question: UnknownPicture | None = None
        self._job: Job | None = None
        self._request: Request[LayerT] | PhotoRequest[LayerT] | None = None
        self._event: Event | None = None
        self._meter = DragMeter(())
        self._words, self._fraction = "", 0.0
        self._live = False
        self._position = 0
        self._aimed: Sequence[PointPair] = ()
        self._found = Found.THERE
        self._stop_watching: Stop | None = None
        self._acts: dict[Act, Callable[[], None]] = {
            Act.NOTHING: lambda: None,
            Act.LOOK: self._look,
            Act.ASK: self._ask_daemon,
            Act.WELCOME: lambda: self._host.welcome(),
            Act.READ: self._read,
            Act.READ_PHOTO: self._read_photo,
            Act.READ_RETURN: self._read_return,
            Act.CHOOSE: self._choose,
            Act.BEGIN: self._begin,
            Act.SEE: self._see,
            Act.KNOW: self._know,
            Act.TELL: self._tell,
            Act.STEP: self._step,
            Act.AIM: self._aim,
            Act.LET_GO: self._let_go,
            Act.REST: self._rest,
            Act.STOP: self._stop,
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
        return Shown(self._state, self._words, self._fraction if self._words else None)

    @property
    def request(self) -> Request[LayerT] | None:
        """What the drag under way was asked to do; None where there is none."""
        request = self._request if is_busy(self._state) else None
        return request if isinstance(request, Request) else None

    @property
    def layer(self) -> LayerT | None:
        """The layer that something is under way with; None where nothing is."""
        return self._request.layer if self._request and is_busy(self._state) else None

    @property
    def drags(self) -> tuple[Result[LayerT], ...]:
        """The drags so far whose documents are open, undone ones included."""
        return tuple(self._results)

    def result_of(self, key: str) -> Result[LayerT] | None:
        """The drag that has left the layer of that key; None where none of this session has."""
        return next((one for one in self._results if one.layer.key == key and one.there), None)

    @property
    def undone(self) -> bool:
        """Whether the layer shown is what a result came from that the host's undo has removed."""
        return self._results.undone

    # -- what the user asks for -------------------------------------------------------------------

    def wake(self) -> None:
        """Points are going to be set: find out whether they can be, and let the daemon be there
        when they are."""
        self._fire(Cause.WAKE)

    def start(self) -> None:
        """Drag what the host reads, or have a model show it."""
        self._live = False
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
            self._live = True
            self._fire(Cause.PRESS)

    def pull(self, pairs: Sequence[PointPair]) -> None:
        """The hand has moved: where the points are to go, in pixels of the picture, or outside."""
        if self.request is not None and self.request.live:
            self._aimed = pairs
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
        if self._state is not State.ENDED:
            self._host.show(self.shown)

    def _go_wrong(self, failure: Failure) -> None:
        self._event = failure
        if may(self._state, Cause.FAILED):
            self._fire(Cause.FAILED)
        elif self._state is not State.ENDED:
            self._fail()

    def _hear(self, job: Job, cause: Cause, event: Event | None) -> None:
        if job is self._job:
            self._event = event
            if self._is_gone():
                cause = Cause.GONE
            elif cause in _ENDS and not may(self._state, cause):
                wrong = ProtocolError(refusals.OUT_OF_TURN, event=type(event).__name__)
                self._event, cause = Failure.of(wrong), Cause.FAILED
            self._fire(cause)

    # -- what is done -----------------------------------------------------------------------------

    def _look(self) -> None:
        try:
            self._host.welcome()
        except UnknownPicture as unknown:
            self._question = unknown
            self._fire(Cause.STATELESS)
            return
        except BadInput as error:
            self._host.say(tr_error(error), True)

        def failed(failure: Failure) -> None:
            self._event = failure
            self._fire(Cause.FAILED)

        def connected(_client: object) -> None:
            self._end_waking()
            self._fire(Cause.CONNECTED)

        self._waking = self._link.begin(connected, failed)

    def _ask_daemon(self) -> None:
        question = self._question
        assert question is not None, "there is something to be asked"

        def answered(event: Event) -> None:
            if question is not self._question:
                return  # another one was asked meanwhile, or this one given up
            self._question = None
            if isinstance(event, StateFound) and event.saved_state is not None:
                question.keep(event.saved_state)
                self._fire(Cause.REMEMBERED)
            elif isinstance(event, StateFound):
                self._fire(Cause.UNKNOWN)
            else:
                self._event = event if isinstance(event, Failure) else Failure.of(question)
                self._fire(Cause.FAILED)

        self._link.request(FindState(question.fingerprint()), answered)

    def _end_waking(self) -> None:
        if self._waking is not None:
            self._link.end(self._waking)
            self._waking = None

    def _read(self) -> None:
        self._end_waking()
        self._request = self._question = None
        try:
            self._take(self._host.read(self._live))
        except UnknownPicture as unknown:
            if self._live:
                raise  # the hand would have let go by the time of the answer
            self._question = unknown
            self._fire(Cause.STATELESS)

    def _read_photo(self) -> None:
        self._end_waking()
        self._request = self._question = None
        self._take(self._host.read_photo())

    def _read_return(self) -> None:
        self._end_waking()
        self._take(self._host.read_return(self._position))

    def _take(self, request: Request[LayerT] | PhotoRequest[LayerT]) -> None:
        self._request = request
        no_model = isinstance(request, PhotoRequest) and not request.model
        self._fire(Cause.CHOICE if no_model else Cause.READ)

    def _choose(self) -> None:
        self._host.say(tr(said.CHOOSE_MODEL, name=self._asked().layer.name), False)

    def _begin(self) -> None:
        request = self._asked()
        self._words, self._fraction, self._aimed = "", 0.0, ()
        self._watch()

        def hear(cause: Cause, event: Event | None) -> None:
            self._hear(job, cause, event)

        job: Job
        if isinstance(request, PhotoRequest):
            job = PhotoJob(self._link, request, hear)
        elif isinstance(request, Return):
            job = ReturnJob(self._link, request, hear)
        else:
            self._meter = DragMeter(request.targets)
            seconds = 0.0 if request.live else PREVIEW_SECONDS
            job = DragJob(self._link, request, hear, seconds)
        self._job = job

    def _see(self) -> None:
        event, request = self._event, self._asked()
        if isinstance(event, Resumed):
            self._words = tr(said.RESUMED)
        elif isinstance(event, OpenProgress) and isinstance(request, PhotoRequest):
            self._fraction = max(self._fraction, event.share)
            self._words = tr(said.SEEING_SHARE, percent=round(100 * self._fraction))
            if event.preview is not None:
                self._host.show_sight(request, event.preview)

    def _know(self) -> None:
        opened, request, self._job = self._event, self._asked(), None
        if isinstance(opened, EditOpened) and isinstance(request, PhotoRequest):
            self._host.know(request, opened.saved_state)
            self._fire(Cause.KNOWN)

    def _tell(self) -> None:
        if isinstance(self._event, EditOpened):
            self._host.say(sight_sentence(self._event.saved_state), False)

    def _step(self) -> None:
        event, request = self._event, self._dragged()
        if isinstance(event, DragProgress):
            self._words = self._meter.take(event)
            frame, targets = event.preview, request.targets
        elif isinstance(event, LiveFrame):
            self._words = self._meter.take_live(event)
            frame, targets = event.picture, event.target_points
        else:
            if isinstance(event, Resumed):
                self._words = tr(said.RESUMED)
            return
        self._fraction = self._meter.fraction
        if frame is not None:  # else the points would run ahead of the picture
            pairs = tuple(map(PointPair, event.handle_points, targets))
            self._host.show_step(request, pairs, event.arrived, frame)

    def _aim(self) -> None:
        if isinstance(self._job, DragJob):
            self._job.aim(self._aimed)

    def _let_go(self) -> None:
        if isinstance(self._job, DragJob):
            self._job.let_go()

    def _rest(self) -> None:
        self._job = None
        self._host.say(tr(said.NOT_MOVED), False)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.stop()

    def _keep(self) -> None:
        finished, request, self._job = self._event, self._dragged(), None
        if not isinstance(finished, DragFinished):
            return
        targets = request.targets
        if request.live and self._aimed:
            inside = Bounds.of_picture(request.pixels.width, request.pixels.height)
            targets = tuple(inside.nearest(pair.target) for pair in self._aimed)
        sentence = end_sentence(finished, targets)
        if finished.steps == 0:
            raise BadInput(sentence)
        sentence = " ".join(filter(None, (sentence, next_sentence(finished))))
        asked = self._aimed if request.live and self._aimed else request.pairs
        pairs = tuple(map(PointPair.dragged_to, asked, finished.handle_points, targets))
        self._place(request, finished, pairs, finished.reason == "arrived", sentence)

    def _keep_return(self) -> None:
        went, request, self._job = self._event, self._dragged(), None
        if isinstance(went, WentToDrag):
            sentence = tr(said.WENT_BACK, moment=after_drag(self._position))
            if went.paint_replaced:
                sentence = f"{sentence} {tr(said.PAINT_REPLACED)}"
            self._place(request, went, request.pairs, False, sentence)

    def _place(
        self,
        request: Request[LayerT],
        result: DragFinished | WentToDrag,
        pairs: tuple[PointPair, ...],
        arrived: bool,
        sentence: str,
    ) -> None:
        layer = self._host.place(request, result, pairs)
        self._results.add(Result(request, layer, pairs, arrived, sentence))
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
        if self._found is Found.CLOSED:
            raise BadInput(refusals.DOCUMENT_CLOSED)
        raise BadInput(refusals.LAYER_REMOVED, name=self._asked().layer.name)

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
        self._end_waking()
        self._abandon()
        if self._stop_watching is not None:
            self._stop_watching()

    def _abandon(self) -> None:
        self._question = None
        job, self._job = self._job, None
        if job is not None:
            job.abandon()

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
        if self._request is not None and is_busy(self._state):
            self._found = self._host.find(self._request.layer)
            return self._found is not Found.THERE
        return False

    def _asked(self) -> Request[LayerT] | PhotoRequest[LayerT]:
        assert self._request is not None, "what is under way has a request"
        return self._request

    def _dragged(self) -> Request[LayerT]:
        request = self._asked()
        assert isinstance(request, Request), "a drag is asked for by its points"
        return request
