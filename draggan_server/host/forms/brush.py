"""What is set and pressed while the part of a picture that may move is painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from draggan_server.host import settings
from draggan_server.host.brush_tip import LEAST_SIZE, MOST_SIZE
from draggan_server.host.forms.drag import EDIT
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import Button, Group, Number, Press, Row, Switch
from draggan_server.host.painted_mask import PaintedMask
from draggan_server.host.painter import Painter
from draggan_server.host.pair_editor import PairEditor
from draggan_server.host.sentences import tips, words
from draggan_server.host.settings import Settings

BRUSH = Button("brush", words.BRUSH, tips.BRUSH, press=Press.TOGGLE)
ALL_MAY = Button("all_may", words.ALL_MAY, tips.ALL_MAY)
ERASE = Switch("erase", words.ERASE, tips.ERASE)
INVERT = Button("invert", words.INVERT, tips.INVERT)
FROM_MASK = Button("from_mask", words.FROM_MASK, tips.FROM_MASK)
SIZE = Number("brush_size", words.BRUSH_SIZE, tips.BRUSH_SIZE, LEAST_SIZE, MOST_SIZE, 5)
HARDNESS = Number("brush_hardness", words.HARDNESS, tips.HARDNESS, 0, 100, 5)
TIP = Group("tip", parts=(SIZE, HARDNESS, Row((ERASE, INVERT)), FROM_MASK))
"""Seen while the brush is taken."""
BRUSHES = (Row((BRUSH, ALL_MAY)), TIP)


class BrushForm:
    """These items, for a `painter`; `points` has those of the layer, with what of it is painted."""

    def __init__(
        self,
        form: Form,
        painter: Painter,
        points: Callable[[], PairEditor],
        remembered: Settings,
    ) -> None:
        self._form = form
        self._points = points
        self._painter = painter
        painter.tip = replace(
            painter.tip,
            size=float(remembered.brush_size),
            hardness=remembered.brush_hardness / 100,
        )
        painter.resized = self._resized
        form.set(BRUSH, value=False)
        form.set(ERASE, value=False)
        form.set(SIZE, value=remembered.brush_size)
        form.set(HARDNESS, value=remembered.brush_hardness)
        form.set(TIP, visible=False)
        self.show(idle=True, painted=False)
        form.on_change(BRUSH, self._take)
        form.on_change(EDIT, self._follow_points)
        form.on_change(ERASE, self._erase)
        form.on_change(SIZE, self._size)
        form.on_change(HARDNESS, self._harden)
        form.on_press(INVERT, lambda: self._edit(PaintedMask.invert))
        form.on_press(ALL_MAY, lambda: self._edit(PaintedMask.clear))

    def show(self, idle: bool, painted: bool) -> None:
        """Whether anything can be painted now, and whether anything is."""
        self._form.enable(idle, BRUSH, ERASE, SIZE, HARDNESS, FROM_MASK)
        self._form.enable(idle and painted, INVERT, ALL_MAY)

    def put_away(self) -> bool:
        """Mouse and keys are for points again; False where they are already."""
        taken = self._painter.active
        self._form.choose(BRUSH, False)
        return taken

    def _take(self, taken: bool) -> None:
        self._painter.give_up()
        self._painter.active = taken
        self._form.set(TIP, visible=taken)
        if taken:
            self._form.choose(EDIT, True)

    def _edit(self, edit: Callable[[PaintedMask], bool]) -> None:
        if edit(self._points().painted):
            self._painter.tell()

    def _follow_points(self, edited: bool) -> None:
        if not edited:
            self.put_away()

    def _erase(self, erases: bool) -> None:
        self._painter.tip = replace(self._painter.tip, erases=erases)

    def _size(self, size: float) -> None:
        self._painter.tip = replace(self._painter.tip, size=float(size))
        settings.remember(brush_size=round(size))

    def _harden(self, percent: float) -> None:
        self._painter.tip = replace(self._painter.tip, hardness=percent / 100)
        settings.remember(brush_hardness=round(percent))

    def _resized(self) -> None:
        size = round(self._painter.tip.size)
        self._form.set(SIZE, value=size)
        settings.remember(brush_size=size)
