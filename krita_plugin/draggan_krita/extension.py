"""The actions under Tools > DragGAN, for the menu and for shortcuts of one's own."""

from __future__ import annotations

import functools
from typing import Any

from krita import Extension

from draggan_server.host.layers.actions import ACTIONS, Action
from draggan_server.host.translation import tr

from .docker import active_docker
from .qt import QMenu

_MENU = "draggan_menu"


class DragganExtension(Extension):
    """Adds the menu to each window."""

    def setup(self) -> None:
        pass

    def createActions(self, window: Any) -> None:
        parent = window.createAction(_MENU, "DragGAN", "tools")
        menu = QMenu("DragGAN", window.qwindow())
        parent.setMenu(menu)
        for name, action in ACTIONS.items():
            made = window.createAction(f"draggan_{name}", tr(action.text), f"tools/{_MENU}")
            made.triggered.connect(functools.partial(_act, action))


def _act(action: Action, _checked: bool = False) -> None:
    if (docker := active_docker()) is not None:
        docker.brain.desk.guarded(action.act)(docker.brain)
