"""What lies in a menu, for shortcuts of the user's own, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from draggan_server.host.forms.drag import CANCEL, CLEAR, PIN, SNAP, START, STOP
from draggan_server.host.forms.frames import ANIMATE
from draggan_server.host.forms.options import STATE
from draggan_server.host.forms.parts import Button
from draggan_server.host.layers.docker import Docker
from draggan_server.host.sentences import words


class Action(NamedTuple):
    """Its text in the menu, and what it does."""

    text: str
    act: Callable[[Docker], None]


def _press(button: Button) -> Callable[[Docker], None]:
    def act(docker: Docker) -> None:
        docker.form.act(button)

    return act


ACTIONS: Mapping[str, Action] = {
    "show_docker": Action(words.SHOW_DOCKER, Docker.reveal),
    "new_picture": Action(words.ACTION_NEW_PICTURE, Docker.new_picture_and_reveal),
    "edit_points": Action(words.ACTION_EDIT_POINTS, Docker.toggle_editing),
    "clear_points": Action(words.ACTION_CLEAR_POINTS, _press(CLEAR)),
    "pin_point": Action(words.ACTION_PIN_POINT, _press(PIN)),
    "snap_point": Action(words.ACTION_SNAP_POINT, _press(SNAP)),
    "paint_mask": Action(words.ACTION_BRUSH, Docker.toggle_brush),
    "start_drag": Action(words.ACTION_START, _press(START)),
    "animate": Action(words.ACTION_ANIMATE, _press(ANIMATE)),
    "stop_drag": Action(words.ACTION_STOP, _press(STOP)),
    "cancel_drag": Action(words.ACTION_CANCEL, _press(CANCEL)),
    "models": Action(words.ACTION_MODELS, Docker.show_models),
    "state": Action(words.ACTION_STATE, _press(STATE)),
}
"""By their names, in the menu's order."""
