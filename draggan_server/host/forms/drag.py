"""What is set, pressed and said while points of a layer are dragged."""

from __future__ import annotations

from draggan_server.host import settings
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.frames import ANIMATE
from draggan_server.host.forms.options import Options
from draggan_server.host.forms.parts import (
    Button,
    Choice,
    Entry,
    Group,
    Pictures,
    Press,
    Progress,
    Row,
    Status,
    Switch,
    Text,
)
from draggan_server.host.history import Moment
from draggan_server.host.host import Shown
from draggan_server.host.request import LayerT
from draggan_server.host.sentences import tips, words
from draggan_server.host.session import Session
from draggan_server.host.settings import Settings
from draggan_server.host.states import Cause
from draggan_server.host.translation import tr, tr_count
from draggan_server.wire.drag_config import MAX_POINTS

PHOTO_MODEL = Choice("model", words.MODEL, narrow=True)
RECOGNISE = Button("recognise", words.RECOGNISE, tips.RECOGNISE)
MARK = Button("mark", words.MARK, tips.MARK, press=Press.TOGGLE)
DETAIL = Button("detail", words.DETAIL, tips.DETAIL, press=Press.TOGGLE)
PHOTO = Group("photo", words.PHOTO, parts=(PHOTO_MODEL, MARK, Row((RECOGNISE, DETAIL))))

HOW_TO_SET = Text("how_to_set", tips.HOW_TO_SET)
LIVE = Switch("live", words.FOLLOW, tips.FOLLOW)
IN_IMAGE = Switch("in_image", words.IN_IMAGE, tips.IN_IMAGE)
COUNT = Text("count")
FROM_PATH = Button("from_path", words.FROM_PATH, tips.FROM_PATH)
TO_PATH = Button("to_path", words.TO_PATH, tips.TO_PATH)
CLEAR = Button("clear", words.CLEAR, tips.CLEAR)
PIN = Button("pin", words.PIN, tips.PIN)
SNAP = Button("snap", words.SNAP, tips.SNAP)
EDIT = Button("edit", words.EDIT_POINTS, tips.EDIT_POINTS, press=Press.TOGGLE)
HELD = Text("held")

FIT = Button("fit", words.FIT, tips.FIT)
FULL = Button("full", words.FULL, tips.FULL)

START = Button("start", words.START, tips.START, main=True)
STOP = Button("stop", words.STOP, tips.STOP)
CANCEL = Button("cancel", words.CANCEL, tips.CANCEL)
CLOSE = Button("close", words.CLOSE)
PROGRESS = Progress("progress")
STATUS = Status("status")

MOMENTS = Pictures("moments", words.HISTORY)
COMPARE = Button("compare", words.COMPARE, tips.COMPARE, press=Press.HOLD)
SPLIT = Button("split", words.SPLIT, tips.SPLIT, press=Press.TOGGLE)
HISTORY = Group("history", words.HISTORY, parts=(MOMENTS, Row((COMPARE, SPLIT))))

BEFORE = Group(
    "before", parts=(Row((EDIT, COUNT, CLEAR), weights=(3, 2, 2)), Row((PIN, SNAP)), START)
)
"""For a view with little room: what is there before a drag,"""
MEANWHILE = Group("meanwhile", parts=(PROGRESS, Row((STOP, CANCEL))))
"""and in its place while one is under way."""


class DragForm:
    """What these items show and do; a view leaves out those that it has no use for."""

    def __init__(self, form: Form, session: Session[LayerT], remembered: Settings) -> None:
        self._form = form
        self.options = Options(form, remembered)
        self._busy = False
        self._points = 0
        self._follows = True
        form.set(LIVE, value=remembered.live)
        form.set(IN_IMAGE, value=remembered.in_image)
        form.on_press(RECOGNISE, session.recognise)
        form.on_press(START, session.start)
        form.on_press(STOP, session.stop)
        form.on_press(CANCEL, session.cancel)
        form.on_change(IN_IMAGE, lambda in_image: settings.remember(in_image=in_image))
        form.on_change(MOMENTS, lambda name: session.go_to(int(name)))
        self.show_points(self._points)
        self.show_moments(())
        self.show(session.shown)

    def say(self, sentence: str, warns: bool) -> None:
        self._form.set(STATUS, label=sentence, warns=warns)

    def show(self, shown: Shown) -> None:
        """Show what is under way and what may be pressed."""
        form, busy = self._form, shown.busy
        form.set(BEFORE, visible=not busy)
        form.set(MEANWHILE, visible=busy)
        form.set(CLOSE, visible=not busy)
        form.set(CANCEL, visible=busy, enabled=shown.may(Cause.CANCEL))
        form.set(STOP, enabled=shown.may(Cause.STOP))
        form.set(PROGRESS, visible=busy, label=shown.words, fraction=shown.fraction)
        form.enable(not busy, PHOTO, RECOGNISE, EDIT, MOMENTS)
        self.options.enable(not busy)
        self._busy = busy
        self._enable()

    def show_points(self, count: int) -> None:
        """Show how many points there are, and what can be done with them."""
        self._points = count
        counted = words.COUNTED_POINTS if count <= MAX_POINTS else words.TOO_MANY_POINTS
        text = tr_count(counted, count, most=MAX_POINTS) if count else tr(words.NO_POINTS)
        self._form.set(COUNT, label=text)
        self._enable()

    def show_following(self, follows: bool) -> None:
        """Whether the layer's picture can follow the hand; where it cannot, points are only set."""
        self._follows = follows
        self._form.set(HOW_TO_SET, label=tr(tips.HOW_TO_SET if follows else tips.HOW_TO_ONLY_SET))
        self._form.set(LIVE, tip=tr(tips.FOLLOW if follows else tips.CANNOT_FOLLOW))
        self._enable()

    def _enable(self) -> None:
        idle = not self._busy
        self._form.enable(idle and self._follows, LIVE)
        self._form.enable(idle, IN_IMAGE, FROM_PATH, START, ANIMATE)
        self._form.enable(idle and self._points > 0, TO_PATH, CLEAR, PIN, SNAP)

    def show_held(self, held: bool, painted: bool) -> None:
        """Whether a part of the layer is held still, because of what was `painted` or selected."""
        of_some = tips.HELD_BY_BRUSH if painted else tips.HELD
        self._form.set(HELD, label=tr(of_some if held else tips.NOT_HELD))

    def show_moments(self, moments: tuple[Moment, ...]) -> None:
        """The drags that the layer's picture has; no strip at all where there are none."""
        entries = tuple(
            Entry(
                str(moment.position),
                tip=tr(tips.HISTORY, moment=moment.words),
                picture=moment.picture,
            )
            for moment in moments
        )
        shown = next((str(moment.position) for moment in moments if moment.shown), None)
        self._form.set(MOMENTS, entries=entries, value=shown)
        self._form.set(HISTORY, visible=bool(moments))
