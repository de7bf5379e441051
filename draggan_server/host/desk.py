"""What every plug-in does between an editor, a session and the form beside the picture."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Generic

from draggan_server.host import settings
from draggan_server.host.advice import advice
from draggan_server.host.editor import Editor
from draggan_server.host.faults import explained
from draggan_server.host.following import may_follow
from draggan_server.host.forms.brush import BRUSH, FROM_MASK, BrushForm
from draggan_server.host.forms.comparing import Comparing
from draggan_server.host.forms.detail import Detail
from draggan_server.host.forms.drag import (
    CLEAR,
    COMPARE,
    DETAIL,
    EDIT,
    LIVE,
    MARK,
    PHOTO_MODEL,
    PIN,
    SNAP,
    SPLIT,
    DragForm,
)
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.marking import Marking
from draggan_server.host.forms.models import Models
from draggan_server.host.forms.parts import Item
from draggan_server.host.hand import Hand
from draggan_server.host.history import Strip
from draggan_server.host.host import Shown
from draggan_server.host.keys import Key
from draggan_server.host.link import Link
from draggan_server.host.pairs import PointPair
from draggan_server.host.photo import PhotoRequest
from draggan_server.host.raw_pixels import holds_all
from draggan_server.host.request import LayerT, Request, Return
from draggan_server.host.results import Found, Result
from draggan_server.host.sentences import refusals, said
from draggan_server.host.session import Session
from draggan_server.host.settings import Settings
from draggan_server.host.states import Cause, State
from draggan_server.host.strong_feature import strong_feature
from draggan_server.host.translation import tr, tr_error
from draggan_server.wire.errors import BadInput, DragganError
from draggan_server.wire.messages import (
    DragFinished,
    Event,
    ListModels,
    ModelList,
    Pixels,
    WentToDrag,
    check_photo_shape,
)
from draggan_server.wire.state import Point


class Desk(Generic[LayerT]):
    """The host of its `session`, and what listens to the `form` of a drag.

    `form` may have more than that; its `models` are those that may show a photo.
    """

    def __init__(
        self,
        editor: Editor[LayerT],
        link: Link,
        form: Form,
        models: Models,
        remembered: Settings,
    ) -> None:
        self._editor = editor
        self._link = link
        self._models = models
        self._warned = self._misshapen = False
        self.follows = True
        """Whether the picture of the layer that was looked at last can follow the hand."""
        self.form = form
        self.session: Session[LayerT] = Session(self, link)
        self.hand = Hand(
            self.session,
            self.guarded(self.points_changed),
            editor.may_begin,
            self._feature,
            lambda: may_follow(editor.looked_at()[1]),
        )
        self.hand.live = remembered.live
        self.hand.painter.painted = self.guarded(editor.mask_painted)
        self.hand.frame.changed = self.guarded(self._look_at_frame)
        self._brush = BrushForm(form, self.hand.painter, editor.points, remembered)
        self._drag = DragForm(form, self.session, remembered)
        self._comparing: Comparing[LayerT] = Comparing(form, editor, self.hand.split)
        self.hand.split.moved = self.guarded(self._comparing.show)
        self.hand.split.hold = self.guarded(self._comparing.hold)
        self._detail = Detail(form, editor.darken, self._drag.say)
        marking = Marking(form, self.hand.frame, models, self._drag.say)
        self.hand.frame.marks.changed = self.guarded(marking.changed)
        self.listen(MARK, marking.mark)
        self.listen(DETAIL, self._detail.show)
        self._strip = Strip(link, self._drag.show_moments)
        self.listen(PHOTO_MODEL, lambda _name: self._look_at_frame())
        self.listen(CLEAR, lambda _value: self.clear())
        self.listen(PIN, lambda _value: self.hand.do(Key.PIN))
        self.listen(SNAP, lambda _value: self.hand.do(Key.SNAP))
        self.listen(LIVE, self._follow_hand)
        self.listen(COMPARE, self._comparing.hold)
        self.listen(SPLIT, self._divide)
        self.listen(FROM_MASK, lambda _value: self._take_mask())
        self.listen(BRUSH, lambda _taken: self._end_comparison())

    def listen(self, item: Item, act: Callable[[Any], None]) -> None:
        """Listen to the user's changes of an item; what goes wrong then is said."""
        self.form.on_change(item, self.guarded(act))

    def guarded(self, act: Callable[..., None]) -> Callable[..., None]:
        """The same, to be called by a toolkit: what goes wrong is said and raises nothing."""

        @functools.wraps(act)
        def safe(*arguments: Any) -> None:
            try:
                act(*arguments)
            except Exception as error:  # noqa: BLE001  a toolkit would show it in its own way
                self.say(explained(error, act.__name__, self._link.log_file), True)

        return safe

    # -- what the editor tells --------------------------------------------------------------------

    def points_changed(self) -> None:
        """The user has edited the layer's points."""
        if not self.session.shown.busy:
            self._comparing.end()
            self._editor.points_edited()
        self.layer_shown()

    def layer_shown(self) -> None:
        """Another layer is looked at."""
        self.look()
        if self.form.value(EDIT) and not self.session.shown.busy:
            self._advise()

    def look(self) -> None:
        """Show how many points the layer has, if its picture can follow them, and its drags."""
        key, saved_state = self._editor.looked_at()
        points = self._editor.points()
        self._drag.show_points(len(points.pairs))
        self.follows = may_follow(saved_state)
        self._drag.show_following(self.follows)
        self._offer_comparison(key)
        self._brush.show(not self.session.shown.busy, points.painted.there)
        self._strip.look(saved_state)
        self._detail.offer("" if self.session.shown.busy else saved_state)

    def list_models(self) -> None:
        """Offer the models that the daemon has."""

        def listed(event: Event) -> None:
            if isinstance(event, ModelList):
                self._models.show(event)
                self._look_at_frame()

        self._link.request(ListModels(), listed)

    def show_held(self, held: bool, painted: bool) -> None:
        """Whether a part of the layer's picture is held still, because of what was `painted`, or
        selected."""
        self._drag.show_held(held, painted)

    def say_quietly(self, sentence: str, warns: bool) -> None:
        """Say something beside the picture only."""
        self._drag.say(sentence, warns)

    # -- what the user does -----------------------------------------------------------------------

    def clear(self) -> None:
        """Remove the layer's points."""
        self._editor.points().clear()
        self.points_changed()

    def _feature(self, point: Point, radius: float) -> Point | None:
        """What stands out most of the layer's picture within `radius` of a point."""
        try:
            reading = self._editor.read()
        except DragganError as error:
            self.say(tr_error(error), True)
            return None
        way = reading.layer.to_picture
        found = strong_feature(reading.pixels, way.map(point), radius * way.magnification)
        if found is None:
            self.say_quietly(tr(said.NOTHING_STANDS_OUT), False)
            return None
        return way.inverted().map(found)

    def _follow_hand(self, live: bool) -> None:
        self.hand.give_up()
        self.hand.live = live
        settings.remember(live=live)
        if live:
            self.form.choose(EDIT, True)

    def _take_mask(self) -> None:
        mask = self._editor.layer_mask()
        if mask is None:
            raise BadInput(refusals.NO_MASK)
        if holds_all(mask):
            raise BadInput(refusals.MASK_HOLDS_ALL)
        self._editor.points().painted.take(mask)
        self.hand.painter.tell()

    def _offer_comparison(self, key: str) -> None:
        """Of the layer of that key, while nothing is under way."""
        self._comparing.offer(None if self.session.shown.busy else self.session.result_of(key))

    def _end_comparison(self) -> None:
        self._comparing.end()

    def _divide(self, divided: bool) -> None:
        self._comparing.divide(divided)
        if divided:
            self.say_quietly(tr(said.SPLIT), False)

    def _look_at_frame(self) -> None:
        """Say whether the chosen model can be asked for what is in the frame."""
        frame, size = self.hand.frame, self._models.size_of(self._models.wanted)
        if not frame.there or size is None or frame.marked is not None:
            return
        try:
            check_photo_shape((frame.region.width, frame.region.height), size)
        except BadInput as error:
            self._misshapen = True
            self.say_quietly(tr_error(error), True)
            return
        if self._misshapen:
            self._misshapen = False
            self.say_quietly(tr(said.WELL_FRAMED), False)

    def _advise(self) -> None:
        try:
            way = self._editor.to_picture()
        except BadInput:
            return  # said when a point is to be set
        try:
            points = self._editor.points()
            sentence, warns = advice(points, self._movable(points.painted.mask), way)
        except BadInput as error:
            sentence, warns = tr_error(error), True
        if sentence or self._warned:
            self._drag.say(sentence or self._editor.how_to_edit, warns)
        self._warned = bool(sentence)

    # -- what the session asks for ----------------------------------------------------------------

    def read(self, live: bool) -> Request[LayerT]:
        points = self._editor.points()
        if not live:
            points.give_up()
            self._editor.check_place()
        reading, config = self._editor.read(), self._drag.options.config()
        size = reading.pixels.width, reading.pixels.height
        mask = self._movable(points.painted.at_size(*size), reading.layer)
        state, pixels, pairs = reading.saved_state, reading.pixels, self._pairs(reading.layer)
        place = self._drag.options.place()
        request = Request(reading.layer, state, pixels, mask, pairs, config, live, place)
        settings.remember(method=config.method, max_steps=config.max_steps)
        return request

    def read_return(self, position: int) -> Return[LayerT]:
        reading, config = self._editor.read(), self._drag.options.config()
        state, pixels, pairs = reading.saved_state, reading.pixels, self._pairs(reading.layer)
        place = self._drag.options.place()
        return Return(
            reading.layer, state, pixels, None, pairs, config, place=place, position=position
        )

    def read_photo(self) -> PhotoRequest[LayerT]:
        reading = self._editor.read_photo()
        mask = self._editor.movable_mask(reading.layer)
        model, quality = self._models.wanted, self._drag.options.quality()
        instead, marks = self._models.instead, self.hand.frame.marked
        request = PhotoRequest(reading.layer, model, reading.pixels, mask, quality, instead, marks)
        settings.remember(model=model, quality=quality)
        return request

    def _movable(self, painted: Pixels | None, layer: LayerT | None = None) -> Pixels | None:
        """What is painted counts, in the place of what is selected."""
        return self._editor.movable_mask(layer) if painted is None else painted

    def _pairs(self, layer: LayerT) -> tuple[PointPair, ...]:
        return tuple(pair.mapped(layer.to_picture) for pair in self._editor.points().pairs)

    def welcome(self) -> None:
        if self.form.value(EDIT):
            self._editor.to_picture()
            self._editor.check_place(carries=True)
            self._warned = True  # until what is said now, a refusal or not, holds no more
            self._advise()

    def find(self, layer: LayerT) -> Found:
        return self._editor.find(layer)

    def know(self, request: PhotoRequest[LayerT], saved_state: str) -> None:
        self._editor.keep_state(request.layer, saved_state)

    def place(
        self,
        request: Request[LayerT],
        result: DragFinished | WentToDrag,
        pairs: Sequence[PointPair],
    ) -> LayerT:
        return self._editor.place(request, result.layer, result.saved_state, pairs)

    def say(self, sentence: str, error: bool) -> None:
        self._drag.say(sentence, error)
        self._warned = error
        if error:
            self._editor.alert(sentence)

    def show(self, shown: Shown) -> None:
        self._drag.show(shown)
        self._brush.show(not shown.busy, self._editor.points().painted.there)
        key, saved_state = ("", "") if shown.busy else self._editor.looked_at()
        self._offer_comparison(key)
        self._detail.offer(saved_state)
        if shown.state is State.CHOOSING:
            self.list_models()
        layer, request = self.session.layer, self.session.request
        held = request is not None and request.live and shown.may(Cause.PULL)
        self._editor.show_work(layer, held)

    def show_step(
        self,
        request: Request[LayerT],
        pairs: Sequence[PointPair],
        arrived: Sequence[bool],
        frame: Pixels,
    ) -> None:
        points, back = self._editor.points_of(request.layer), request.layer.to_picture.inverted()
        if len(points.pairs) == len(pairs):  # not where the hand let go of one that it took
            points.follow_drag([back.map(pair.handle) for pair in pairs], arrived)
        self._editor.show_frame(request.layer, frame)

    def show_sight(self, request: PhotoRequest[LayerT], frame: Pixels) -> None:
        self._editor.show_frame(request.layer, frame)

    def show_layer(self, layer: LayerT, pairs: Sequence[PointPair], arrived: bool) -> None:
        points, back = self._editor.points_of(layer), layer.to_picture.inverted()
        points.load(pair.mapped(back) for pair in pairs)
        if arrived:
            points.follow_drag([pair.handle for pair in points.pairs], [True] * len(pairs))
        self._editor.go_to(layer)
        self.look()

    def result_changed(self, result: Result[LayerT]) -> None:
        self._editor.result_changed(result)
        self.look()

    def give_up_pair(self) -> bool:
        return self.hand.give_up() or self._comparing.end() or self._brush.put_away()

    def leave(self) -> None:
        self._editor.leave()
