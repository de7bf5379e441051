"""The actions under Tools > DragGAN, for the menu and for shortcuts of one's own."""

from __future__ import annotations

import functools
from typing import Any

from krita import Extension

from draggan_server.host.layers.actions import ACTIONS, Action
from draggan_server.host.translation import tr

from .docker import active_docker
from .icons import drawn_icon
from .qt import QEvent, QMenu

_MENU = "draggan_menu"


class DragganExtension(Extension):
    """Adds the menu to each window."""

    def setup(self) -> None:
        self._menus: list[QMenu] = []  # Qt keeps them, but not what Python has added

    def createActions(self, window: Any) -> None:
        parent = window.createAction(_MENU, "DragGAN", "tools")
        self._menus.append(_Menu(window))
        parent.setMenu(self._menus[-1])


class _Menu(QMenu):
    """Its actions have icons in the colour of Krita's theme, wherever else they are shown."""

    def __init__(self, window: Any) -> None:
        super().__init__("DragGAN", window.qwindow())
        self._made = {}
        for name, action in ACTIONS.items():
            made = window.createAction(f"draggan_{name}", tr(action.text), f"tools/{_MENU}")
            made.triggered.connect(functools.partial(_act, action))
            self._made[name] = made
        self._draw_icons()

    def changeEvent(self, event: Any) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icons()

    def _draw_icons(self) -> None:
        for name, made in self._made.items():
            made.setIcon(drawn_icon(name, self))


def _act(action: Action, _checked: bool = False) -> None:
    if (docker := active_docker()) is not None:
        docker.brain.desk.guarded(action.act)(docker.brain)
