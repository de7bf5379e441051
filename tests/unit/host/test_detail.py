"""The button that darkens what a model does not show of a photo."""

from __future__ import annotations

import dataclasses

import pytest

from draggan_server.host.forms.detail import Detail
from draggan_server.host.forms.drag import DETAIL, MARK
from draggan_server.host.forms.form import Form
from draggan_server.host.sentences import said
from draggan_server.wire.drag_record import PackedMask
from draggan_server.wire.messages import Pixels
from draggan_server.wire.photo_record import TONE_VALUES, PhotoRecord
from draggan_server.wire.state import EditState

MASK = bytes((255, 0, 255, 255, 0, 255))
PHOTO = PhotoRecord(300, 200, (1, 0, 0, 0, 1, 0, 0, 0, 1), bytes(12 * TONE_VALUES), 0.7, 30.0)


def state(shown: PackedMask | None) -> str:
    photo = dataclasses.replace(PHOTO, shown=shown)
    return EditState("m", "0" * 64, 1, 1, bytes(4), photo).to_json()


SHOWN = state(PackedMask.of(3, 2, MASK))


class Stage:
    def __init__(self) -> None:
        self.form = Form()
        self.veils: list[Pixels | None] = []
        self.said: list[str] = []
        self.detail = Detail(
            self.form, self.veils.append, lambda text, warns: self.said.append(text)
        )
        self.form.on_change(DETAIL, self.detail.show)

    @property
    def enabled(self) -> bool:
        return self.form.look(DETAIL).enabled


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_what_the_model_shows_is_veiled_all_around_while_the_button_is_down(stage: Stage) -> None:
    assert not stage.enabled
    assert [stage.form.look(item).visible for item in (DETAIL, MARK)] == [False, True]
    stage.detail.offer(SHOWN)
    assert stage.enabled
    assert [stage.form.look(item).visible for item in (DETAIL, MARK)] == [True, False]
    stage.form.act(DETAIL, True)
    assert stage.veils == [Pixels(3, 2, 1, MASK)]
    assert stage.said == [said.DETAIL]
    stage.detail.offer(SHOWN)  # it is looked at again and again
    assert stage.form.value(DETAIL)
    stage.form.act(DETAIL, False)
    assert stage.veils[1:] == [None]


@pytest.mark.parametrize("then", ["", state(None), state(PackedMask.of(1, 1, b"\xff"))])
def test_with_another_picture_the_button_goes_up(stage: Stage, then: str) -> None:
    """Also while something is under way, when there is none."""
    stage.detail.offer(SHOWN)
    stage.form.act(DETAIL, True)
    stage.detail.offer(then)
    assert stage.veils[-1] is None
    assert not stage.form.value(DETAIL)
    assert stage.enabled == (then not in ("", state(None)))
