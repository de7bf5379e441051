"""What lies in a menu, for shortcuts of the user's own, too: each command of the docker's.

A command does what a click on its part of the docker's form does. Where that is off, it is said
why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from draggan_server.host.forms.brush import ALL_MAY, BRUSH, ERASE, FROM_MASK, INVERT
from draggan_server.host.forms.drag import (
    CANCEL,
    CLEAR,
    COMPARE,
    DETAIL,
    EDIT,
    LIVE,
    MARK,
    MOMENTS,
    PIN,
    RECOGNISE,
    SNAP,
    SPLIT,
    START,
    STOP,
)
from draggan_server.host.forms.frames import ANIMATE
from draggan_server.host.forms.grid import BETWEEN, LIKE, PICK, SEEDS
from draggan_server.host.forms.options import RESET, STATE
from draggan_server.host.forms.parts import Button, Item
from draggan_server.host.forms.sample import ANOTHER
from draggan_server.host.layers.docker import Docker
from draggan_server.host.sentences import refusals, tips, words
from draggan_server.wire.errors import BadInput


class Action(NamedTuple):
    """Its text in the menu, and what it does; `item` is what of the form does the same, if any.

    `act` raises `BadInput` where that cannot be done now.
    """

    text: str
    act: Callable[[Docker], None]
    item: Item | None = None


def _press(text: str, button: Button, off: str = "") -> Action:
    """Presses a button. `off` says why it is off where nothing is under way; without, whoever is
    told that it was pressed says so."""

    def act(docker: Docker) -> None:
        if off:
            _check(docker, button, off)
        docker.form.act(button)

    return Action(text, act, button)


def _toggle(text: str, item: Item, off: str = refusals.DRAG_UNDER_WAY) -> Action:
    """What is off is on then, and the other way round."""

    def act(docker: Docker) -> None:
        _check(docker, item, off)
        docker.form.choose(item, not docker.form.value(item))

    return Action(text, act, item)


def _erase(docker: Docker) -> None:
    toggle = _toggle(words.ACTION_ERASE, ERASE)
    toggle.act(docker)
    docker.form.choose(BRUSH, True)


def _all_seeds(docker: Docker) -> None:
    docker.reveal()
    docker.form.choose(PICK, True)
    docker.form.act(SEEDS)


def _go(text: str, by: int, off: str) -> Action:
    """Goes so many pictures on in the strip of drags."""

    def act(docker: Docker) -> None:
        _check(docker, MOMENTS, off)
        moments = docker.form.look(MOMENTS)
        names = [entry.name for entry in moments.entries]
        place = names.index(moments.value) + by if moments.value in names else -1
        if not 0 <= place < len(names):
            raise BadInput(off)
        docker.form.act(MOMENTS, names[place])

    return Action(text, act, MOMENTS)


def _check(docker: Docker, item: Item, off: str) -> None:
    docker.editor.look()  # nobody has while the docker was out of sight
    if not docker.form.look(item).enabled:
        busy = docker.session.shown.busy
        raise BadInput(refusals.DRAG_UNDER_WAY if busy else off)


ACTIONS: Mapping[str, Action] = {
    "show_docker": Action(words.SHOW_DOCKER, Docker.reveal),
    "new_picture": Action(words.ACTION_NEW_PICTURE, Docker.new_picture_and_reveal),
    "another_seed": _press(words.ACTION_ANOTHER, ANOTHER),
    "all_seeds": Action(words.ACTION_SEEDS, _all_seeds, SEEDS),
    "more_like_it": _press(words.ACTION_LIKE, LIKE, refusals.NONE_PICKED),
    "between_two": _press(words.ACTION_BETWEEN, BETWEEN, refusals.NO_TWO_PICKED),
    "edit_points": _toggle(words.ACTION_EDIT_POINTS, EDIT),
    "follow_hand": _toggle(words.ACTION_FOLLOW, LIVE, tips.CANNOT_FOLLOW),
    "clear_points": _press(words.ACTION_CLEAR_POINTS, CLEAR, refusals.NO_POINTS_SET),
    "pin_point": _press(words.ACTION_PIN_POINT, PIN, refusals.NO_POINTS_SET),
    "snap_point": _press(words.ACTION_SNAP_POINT, SNAP, refusals.NO_POINTS_SET),
    "recognise": _press(words.ACTION_RECOGNISE, RECOGNISE),
    "mark_face": _toggle(words.ACTION_MARK, MARK, refusals.NO_FRAME),
    "show_detail": _toggle(words.ACTION_DETAIL, DETAIL, refusals.NO_DETAIL),
    "paint_mask": _toggle(words.ACTION_BRUSH, BRUSH),
    "erase_mask": Action(words.ACTION_ERASE, _erase, ERASE),
    "invert_mask": _press(words.ACTION_INVERT, INVERT, refusals.NOTHING_PAINTED),
    "all_may_move": _press(words.ACTION_ALL_MAY, ALL_MAY, refusals.NOTHING_PAINTED),
    "load_mask": _press(words.ACTION_FROM_MASK, FROM_MASK, refusals.DRAG_UNDER_WAY),
    "start_drag": _press(words.ACTION_START, START),
    "animate": _press(words.ACTION_ANIMATE, ANIMATE),
    "stop_drag": _press(words.ACTION_STOP, STOP),
    "cancel_drag": _press(words.ACTION_CANCEL, CANCEL),
    "compare": _toggle(words.ACTION_COMPARE, COMPARE, refusals.NO_DRAG_BEFORE),
    "split": _toggle(words.ACTION_SPLIT, SPLIT, refusals.NO_DRAG_BEFORE),
    "previous_picture": _go(words.ACTION_PREVIOUS, -1, refusals.NO_EARLIER),
    "next_picture": _go(words.ACTION_NEXT, 1, refusals.NO_LATER),
    "reset_options": _press(words.ACTION_RESET, RESET),
    "models": Action(words.ACTION_MODELS, Docker.show_models),
    "state": _press(words.ACTION_STATE, STATE),
}
"""By their names, which are those of their icons, too; in the menu's order."""
