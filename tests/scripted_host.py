"""A host without a toolkit and without an editor: a document of layers, and a timer that a test
pumps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from draggan_server.host.host import Shown
from draggan_server.host.pairs import PointPair
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.request import Layer, Request, Return
from draggan_server.host.results import Found, Result
from draggan_server.host.states import State
from draggan_server.host.unknown import UnknownPicture
from draggan_server.wire.drag_config import MAX_STEPS_LIMIT, DragConfig, drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import DragFinished, Pixels, Quality, WentToDrag
from tests.patience import deadline_in, patient
from tests.protocol.fake_engine import SIDE, Behaviour


class Timer:
    """The host's event loop, for what is to be called again and again."""

    def __init__(self) -> None:
        self._ticks: list[tuple[int, Callable[[], None]]] = []

    def every(self, milliseconds: int, tick: Callable[[], None]) -> Callable[[], None]:
        entry = milliseconds, tick
        self._ticks.append(entry)
        return lambda: self._ticks.remove(entry)

    @property
    def running(self) -> int:
        return len(self._ticks)

    def tick(self, milliseconds: int | None = None) -> None:
        """Call all that waits, or only what is to be called at that interval."""
        for entry in list(self._ticks):
            if entry in self._ticks and milliseconds in (None, entry[0]):
                entry[1]()

    def run_until(self, done: Callable[[], object], seconds: float = 60.0) -> None:
        deadline = deadline_in(seconds)
        while not done():
            assert time.monotonic() < deadline, f"waited {patient(seconds):g} s in vain"
            self.tick()
            time.sleep(0.002)


@dataclass
class ScriptedHost:
    """Layers by their keys; `undo` and `redo` are those of the editor, and take back results.
    `model` is to show what is a photo; empty: none is chosen."""

    states: dict[Behaviour, str]
    saved_state: str = ""
    pairs: tuple[PointPair, ...] = (PointPair((10.0, 10.0), (20.0, 16.0)),)
    config: DragConfig = drag_config(max_steps=MAX_STEPS_LIMIT)
    movable_mask: Pixels | None = None
    full: bool = False  # no layer can be added
    model: str = ""
    quality: Quality = "normal"

    layers: dict[str, Pixels] = field(default_factory=dict)
    open: bool = True
    active: Layer = field(default_factory=lambda: Layer("1", "lion"))
    known: bool = True  # the document has a state of the active layer
    reading: Callable[[], None] | None = None
    welcoming: Callable[[], None] | None = None
    placing: Callable[[], None] | None = None
    said: list[tuple[str, bool]] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    frames: int = 0
    sights: int = 0
    changed: list[bool] = field(default_factory=list)
    left: int = 0
    welcomed: int = 0
    pair_in_the_making: bool = False

    def __post_init__(self) -> None:
        self._then: tuple[State, int, Callable[[], None]] | None = None
        self.resize(SIDE)
        self._undone: list[tuple[str, Pixels]] = []

    def resize(self, side: int) -> None:
        """Let the active layer show a picture of that size."""
        self.layers[self.active.key] = Pixels(side, side, 4, bytes(side * side * 4))

    def show_a_photo(self) -> None:
        """Let the active layer show what no daemon has made, and its document not know."""
        self.layers[self.active.key] = Pixels(SIDE, SIDE, 4, b"\x07" * (SIDE * SIDE * 4))
        self.known = False

    def at(self, state: State, act: Callable[[], None], times: int = 1) -> None:
        """Call `act` as soon as the session has shown that state so many times, before anything
        else happens."""
        self._then = state, times, act

    def undo(self) -> None:
        self._undone.append(self.layers.popitem())

    def redo(self) -> None:
        key, pixels = self._undone.pop()
        self.layers[key] = pixels

    # -- what a session asks for ------------------------------------------------------------------

    def read(self, live: bool) -> Request[Layer]:
        if self.reading is not None:
            self.reading()
        self._check_known()
        pixels = self.layers[self.active.key]
        mask, config = self.movable_mask, self.config
        return Request(self.active, self.saved_state, pixels, mask, self.pairs, config, live)

    def read_photo(self) -> PhotoRequest[Layer]:
        if self.reading is not None:
            self.reading()
        pixels = self.layers[self.active.key]
        return PhotoRequest(self.active, self.model, pixels, self.movable_mask, self.quality)

    def know(self, request: PhotoRequest[Layer], saved_state: str) -> None:
        if self.placing is not None:
            self.placing()
        if self.full:
            raise BadInput("The document takes no notes.")
        self._keep(saved_state)

    def welcome(self) -> None:
        if self.welcoming is not None:
            self.welcoming()
        self._check_known()
        self.welcomed += 1

    def _check_known(self) -> None:
        if self.known:
            return
        pixels = self.layers[self.active.key]
        raise UnknownPicture(self.active.name, pixels.fingerprint, self._keep)

    def _keep(self, saved_state: str) -> None:
        self.saved_state, self.known = saved_state, True

    def find(self, layer: Layer) -> Found:
        if not self.open:
            return Found.CLOSED
        return Found.THERE if layer.key in self.layers else Found.REMOVED

    def read_return(self, position: int) -> Return[Layer]:
        if self.reading is not None:
            self.reading()
        pixels = self.layers[self.active.key]
        state, config = self.saved_state, self.config
        return Return(self.active, state, pixels, None, self.pairs, config, position=position)

    def place(
        self,
        request: Request[Layer],
        result: DragFinished | WentToDrag,
        pairs: Sequence[PointPair],
    ) -> Layer:
        if self.placing is not None:
            self.placing()
        if self.full:
            raise BadInput("The document takes no more layers.")
        layer = Layer(str(len(self.layers) + 1), f"Dragged: {request.layer.name}")
        self.layers[layer.key] = result.layer
        self.saved_state = result.saved_state
        return layer

    def say(self, sentence: str, error: bool) -> None:
        self.said.append((sentence, error))

    def show(self, shown: Shown) -> None:
        self.shown.append(shown)
        if self._then is not None and self._then[0] is shown.state:
            state, times, act = self._then
            self._then = (state, times - 1, act) if times > 1 else None
            if times == 1:
                act()

    def show_step(
        self,
        request: Request[Layer],
        pairs: Sequence[PointPair],
        arrived: Sequence[bool],
        frame: Pixels,
    ) -> None:
        whole = frame.width, frame.height
        assert request.live or whole == (request.pixels.width, request.pixels.height)
        assert len(pairs) == len(arrived) == len(request.pairs)
        self.frames += 1

    def show_sight(self, request: PhotoRequest[Layer], frame: Pixels) -> None:
        assert frame.channels == 4
        assert frame.width * request.region.height == frame.height * request.region.width
        self.sights += 1

    def show_layer(self, layer: Layer, pairs: Sequence[PointPair], arrived: bool) -> None:
        self.active, self.pairs = layer, tuple(pairs)

    def result_changed(self, result: Result[Layer]) -> None:
        self.changed.append(result.there)

    def give_up_pair(self) -> bool:
        there, self.pair_in_the_making = self.pair_in_the_making, False
        return there

    def leave(self) -> None:
        self.left += 1
