"""The actions under Tools > DragGAN, for the menu and for shortcuts of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from krita import Extension

from draggan_server.host.forms.windows import MODELS, STATE_OF_THINGS
from draggan_server.host.keys import Key
from draggan_server.host.sentences import words
from draggan_server.host.translation import tr

from .docker import DragganDocker, active_docker
from .form_window import show
from .qt import QMenu

_MENU = "draggan_menu"


ACTIONS: dict[str, tuple[str, Callable[[DragganDocker], None]]] = {
    "draggan_show_docker": (words.SHOW_DOCKER, lambda docker: docker.reveal()),
    "draggan_new_picture": (
        words.ACTION_NEW_PICTURE,
        lambda docker: docker.new_picture(reveal=True),
    ),
    "draggan_edit_points": (words.ACTION_EDIT_POINTS, lambda docker: docker.toggle_editing()),
    "draggan_clear_points": (words.ACTION_CLEAR_POINTS, lambda docker: docker.desk.clear()),
    "draggan_pin_point": (words.ACTION_PIN_POINT, lambda docker: docker.desk.hand.do(Key.PIN)),
    "draggan_snap_point": (words.ACTION_SNAP_POINT, lambda docker: docker.desk.hand.do(Key.SNAP)),
    "draggan_start_drag": (words.ACTION_START, lambda docker: docker.session.start()),
    "draggan_stop_drag": (words.ACTION_STOP, lambda docker: docker.session.stop()),
    "draggan_cancel_drag": (words.ACTION_CANCEL, lambda docker: docker.session.cancel()),
    "draggan_models": (words.ACTION_MODELS, lambda docker: show(docker, MODELS)),
    "draggan_state": (words.ACTION_STATE, lambda docker: show(docker, STATE_OF_THINGS)),
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
            action = window.createAction(action_id, tr(text), f"tools/{_MENU}")
            action.triggered.connect(lambda _=False, act=act: _act(act))


def _act(act: Callable[[DragganDocker], None]) -> None:
    docker = active_docker()
    if docker is not None:
        docker.desk.guarded(act)(docker)
