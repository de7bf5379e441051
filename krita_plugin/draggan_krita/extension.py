"""The actions under Tools > DragGAN, for the menu and for shortcuts of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from krita import Extension

from .docker import DragganDocker, active_docker
from .qt import QMenu

_MENU = "draggan_menu"


ACTIONS: dict[str, tuple[str, Callable[[DragganDocker], None]]] = {
    "draggan_show_docker": ("Show the DragGAN Docker", lambda docker: docker.reveal()),
    "draggan_new_picture": ("New Picture", lambda docker: docker.new_picture(reveal=True)),
    "draggan_edit_points": ("Edit Points", lambda docker: docker.panel.edit.toggle()),
    "draggan_clear_points": ("Clear Points", lambda docker: docker.clear_points()),
    "draggan_start_drag": ("Start Drag", lambda docker: docker.start_drag()),
    "draggan_stop_drag": ("Stop Drag and Keep It", lambda docker: docker.session.stop()),
    "draggan_cancel_drag": ("Cancel Drag", lambda docker: docker.session.cancel()),
}
"""Menu text and function of each action, by the ids of draggan_krita.action."""


class DragganExtension(Extension):
    """Adds the menu to each window."""

    def setup(self) -> None:
        pass

    def createActions(self, window: Any) -> None:
        parent = window.createAction(_MENU, "DragGAN", "tools")
        menu = QMenu("DragGAN", window.qwindow())
        parent.setMenu(menu)
        for action_id, (text, act) in ACTIONS.items():
            action = window.createAction(action_id, text, f"tools/{_MENU}")
            action.triggered.connect(lambda _=False, act=act: _act(act))


def _act(act: Callable[[DragganDocker], None]) -> None:
    docker = active_docker()
    if docker is not None:
        act(docker)
