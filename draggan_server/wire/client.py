"""The client: what hosts and the command line talk to the daemon with.

Everything happens on the caller's own thread. A graphical host calls `pump` from a timer of
some 20 ms; a command calls `ask` and `events`, which block. `connector` makes clients.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import overload

from draggan_server.wire.codec import EVENT_CODEC, REQUEST_CODEC, Envelope, read_header
from draggan_server.wire.errors import (
    DaemonUnreachable,
    DragganError,
    ProtocolError,
    unreachable,
)
from draggan_server.wire.messages import (
    ANSWERS,
    FINAL,
    UNANSWERED,
    CancelDrag,
    Catalogue,
    CloseEdit,
    Done,
    DragFinished,
    DragFrame,
    DragProgress,
    EditOpened,
    Event,
    Failure,
    FindState,
    GetCatalogue,
    GetHistory,
    GetStatus,
    GoToDrag,
    History,
    ListModels,
    ModelList,
    NextPreview,
    OpenEdit,
    OpenProgress,
    PhotoSource,
    Ping,
    Pong,
    RemoveModel,
    Request,
    Resumed,
    Shutdown,
    StartDrag,
    StateFound,
    Status,
    Welcome,
    WentToDrag,
    Work,
    feature_of,
    takes_long,
)
from draggan_server.wire.said import Said
from draggan_server.wire.transport import CLOSED, Transport
from draggan_server.wire.versions import (
    PROTOCOL_VERSION,
    THIS_SIDE,
    Side,
    Version,
    is_spoken,
    of_missing_feature,
)

PING_SECONDS = 4.0
"""How often the broker hears from a client that waits for it."""

SILENCE_SECONDS = 15.0
"""A broker that leaves a ping unanswered for so long is taken for dead."""

ANSWER_SECONDS = 60.0
"""So long a caller waits for what the broker does by itself."""

OnEvent = Callable[[Event], None]


class Client:
    """A connection to the daemon, closed at the end of a `with`. Requests are numbered from 1.

    Once `lost` says why, the client is of no use any more: every open request has got, or gets at
    the next `pump`, `Failure("unreachable", ...)`. Make a new one, see `connector`.
    """

    def __init__(self, transport: Transport, clock: Callable[[], float] = time.monotonic) -> None:
        self.daemon = THIS_SIDE
        """Who the daemon is, as soon as it has said so."""
        self._version = PROTOCOL_VERSION
        self._transport = transport
        self._clock = clock
        self._name = uuid.uuid4().hex
        self._last_id = 0
        self._last_seq = 0
        self._open: dict[int, OnEvent] = {}
        self._lost: str | None = None
        self._pinged = clock()
        self._silent_since: float | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def lost(self) -> str | None:
        """Why there is no connection any more, or None."""
        return self._lost

    def send(self, message: Request, on_event: OnEvent | None = None) -> int:
        """Send a request and return its number. Never blocks.

        `on_event` gets the request's events from `pump`, the last of them one of `FINAL`; it is
        never called from here. Those of `UNANSWERED` have no events. Raises `BadInput` or
        `ProtocolError` for a message that cannot be sent, and then nothing was.
        """
        if (feature := feature_of(message)) and feature not in self.daemon.features:
            raise of_missing_feature(self.daemon)
        number = self._last_id + 1
        parts = REQUEST_CODEC.encode(Envelope(message, self._name, id=number), self._version)
        self._last_id = number
        if not isinstance(message, UNANSWERED):
            self._open[number] = on_event or _ignore
        if self._lost is None:
            self._transport.send(parts)
        return number

    def pump(self) -> None:
        """Read all there is, call `on_event` for it, keep the connection alive. Never blocks."""
        self._receive()
        if self._lost is None and self._transport.lost is not None:
            self._receive()  # what arrived before the end
            self._lost = self._transport.lost
        if self._lost is None:
            self._keep_alive()
        if self._lost is not None:
            self._fail_all(Failure.of(unreachable(self._lost)))

    def wait(self, seconds: float) -> None:
        """Block until there is something to `pump`, or for `seconds`."""
        if self._lost is None:
            self._transport.wait(min(seconds, PING_SECONDS / 2) if self._open else seconds)

    @overload
    def ask(self, message: Ping, timeout: float | None = ...) -> Pong: ...
    @overload
    def ask(self, message: GetStatus, timeout: float | None = ...) -> Status: ...
    @overload
    def ask(self, message: ListModels, timeout: float | None = ...) -> ModelList: ...
    @overload
    def ask(self, message: GetCatalogue, timeout: float | None = ...) -> Catalogue: ...
    @overload
    def ask(self, message: OpenEdit, timeout: float | None = ...) -> EditOpened: ...
    @overload
    def ask(self, message: StartDrag, timeout: float | None = ...) -> DragFinished: ...
    @overload
    def ask(self, message: FindState, timeout: float | None = ...) -> StateFound: ...
    @overload
    def ask(self, message: GetHistory, timeout: float | None = ...) -> History: ...
    @overload
    def ask(self, message: GoToDrag, timeout: float | None = ...) -> WentToDrag: ...
    @overload
    def ask(
        self, message: RemoveModel | CloseEdit | Shutdown, timeout: float | None = ...
    ) -> Done: ...
    def ask(self, message: Request, timeout: float | None = None) -> Event:
        """Send a request and return its answer, see `ANSWERS`. Blocks.

        Without a `timeout`, in seconds, `Work` takes as long as it takes, also while a worker does
        what others want; all else is answered within `ANSWER_SECONDS`. Raises the `DragganError` of
        a `Failure`, `DaemonUnreachable` after that time, and `ProtocolError` for an event that is
        no answer to it.
        """
        if timeout is None:
            timeout = float("inf") if isinstance(message, Work) else ANSWER_SECONDS
        *_, final = self._events(message, timeout)
        if not isinstance(final, ANSWERS[type(message)]):
            raise _out_of_turn(message, final)
        return final

    def drag(
        self,
        message: StartDrag,
        on_progress: Callable[[DragProgress | DragFrame | Resumed], None],
        enough: Callable[[], bool] = lambda: False,
    ) -> DragFinished:
        """Do a drag to its end. Blocks; `on_progress` gets every step, and every frame that was
        asked for. Once there is `enough`, which is asked several times a second, what was reached
        so far is kept. Raises as `ask` does.
        """
        for event in self._events(message, float("inf"), enough):
            if isinstance(event, DragProgress | DragFrame | Resumed):
                on_progress(event)
            elif isinstance(event, DragFinished):
                return event
        raise _out_of_turn(message, event)

    def open_photo(
        self,
        message: OpenEdit,
        on_progress: Callable[[OpenProgress | Resumed], None],
        enough: Callable[[], bool] = lambda: False,
    ) -> EditOpened:
        """Open a photo. Blocks; `on_progress` gets every step. Once there is `enough`, which is
        asked several times a second, what was found so far is kept. Raises as `ask` does.
        """
        for event in self._events(message, float("inf"), enough):
            if isinstance(event, OpenProgress | Resumed):
                on_progress(event)
            elif isinstance(event, EditOpened):
                return event
        raise _out_of_turn(message, event)

    @contextlib.contextmanager
    def edit(
        self, source: OpenEdit, on_progress: Callable[[OpenProgress | Resumed], None] | None = None
    ) -> Iterator[EditOpened]:
        """Open an edit, and close it at the end of the `with`, whatever ends it. Blocks;
        `on_progress` gets every step in which a photo is looked at.

        Raises as `ask` does; an edit that the daemon can no longer be told of is its own to close.
        """
        if isinstance(source.source, PhotoSource):  # which takes as long as it takes
            opened = self.open_photo(source, on_progress or _ignore)
        else:
            opened = self.ask(source)
        try:
            yield opened
        finally:
            with contextlib.suppress(DaemonUnreachable):
                self.ask(CloseEdit(opened.edit_id))

    def events(self, message: Request) -> Iterator[Event]:
        """Send a request and yield its events, the final one included. Blocks between them.

        Raises the `DragganError` of a `Failure`. Asks for the next preview when the next event is
        asked for; a drag, or the opening of a photo, whose iterator is left early (an interrupt,
        `break`) is cancelled.
        """
        return self._events(message, float("inf"))

    def close(self) -> None:
        """Close the connection. Open requests get no more events."""
        self._open.clear()
        self._transport.close()
        self._lost = self._lost or CLOSED

    def speak(self, version: Version) -> None:
        """Send in the daemon's protocol, which is none of ours: `TIMELESS` messages only."""
        self._version = version

    def _events(
        self, message: Request, timeout: float, enough: Callable[[], bool] = lambda: False
    ) -> Iterator[Event]:
        told = False
        arrived: deque[Event] = deque()
        deadline = self._clock() + timeout
        number = self.send(message, arrived.append)
        try:
            while True:
                while not arrived:
                    self.wait(min(0.25, deadline - self._clock()))
                    self.pump()
                    if not told and enough():
                        told = True
                        self.send(CancelDrag(number, keep=True))
                    if not arrived and self._clock() >= deadline:
                        raise DaemonUnreachable(
                            "The DragGAN daemon gave no answer within {timeout} seconds.",
                            timeout=f"{timeout:g}",
                        )
                event = arrived.popleft()
                if isinstance(event, Failure):
                    raise event.error()
                yield event
                if isinstance(event, FINAL):
                    return
                previewed = isinstance(event, DragProgress) and event.preview is not None
                if previewed or isinstance(event, DragFrame):
                    self.send(NextPreview(number))
        finally:
            if self._open.pop(number, None) is not None and takes_long(message):
                self.send(CancelDrag(number))

    def _receive(self) -> None:
        while (parts := self._transport.receive()) is not None:
            self._silent_since = None
            parent = 0
            try:
                header = read_header(parts)
                parent = header.parent
                if not is_spoken(header.version):
                    self.daemon = Side("", header.version, header.version)
                event = EVENT_CODEC.message(header)
            except DragganError as error:
                event = Failure(error.code, f"The daemon sent what cannot be read: {error}")
            else:
                refusal = isinstance(event, Failure) and parent == 0  # of what could not be read
                if not refusal:
                    if header.client != self._name or header.seq <= self._last_seq:
                        continue
                    self._last_seq = header.seq
                if isinstance(event, Welcome):
                    self.daemon = event.daemon
            self._deliver(parent, event)

    def _deliver(self, parent: int, event: Event) -> None:
        if parent == 0 and isinstance(event, Failure):  # meant for no request: nothing will be well
            self._fail_all(event)
        elif isinstance(event, FINAL):
            if on_event := self._open.pop(parent, None):
                on_event(event)
        elif on_event := self._open.get(parent):
            on_event(event)

    def _keep_alive(self) -> None:
        now = self._clock()
        if self._silent_since is not None and now - self._silent_since > SILENCE_SECONDS:
            self._lost = Said(
                "The DragGAN daemon has not answered for {seconds} seconds: stop it (draggan "
                "stop) and try again.",
                seconds=f"{SILENCE_SECONDS:g}",
            )
        elif self._open and now - self._pinged >= PING_SECONDS:
            self._pinged = now
            # A host that was blocked for a while pumps late; so silence is counted from a ping.
            self._silent_since = self._silent_since or now
            self._last_id += 1
            self._transport.send(
                REQUEST_CODEC.encode(Envelope(Ping(), self._name, id=self._last_id), self._version)
            )

    def _fail_all(self, failure: Failure) -> None:
        while self._open:
            self._open.pop(next(iter(self._open)))(failure)


def _out_of_turn(message: Request, event: Event) -> ProtocolError:
    return ProtocolError(
        f"The daemon answered {type(message).__name__} with {type(event).__name__}: stop it "
        "(draggan stop) and try again."
    )


def _ignore(event: Event) -> None:
    pass
