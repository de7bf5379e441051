"""The button by which eyes and mouth are marked."""

from __future__ import annotations

import pytest

from draggan_server.host.affine import Affine
from draggan_server.host.cursor import Cursor
from draggan_server.host.forms.drag import MARK
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.marking import Marking
from draggan_server.host.forms.models import MODEL, Models
from draggan_server.host.frame import Frame
from draggan_server.host.region import Region
from draggan_server.models.face import aligned_face
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import ModelInfo, ModelList
from draggan_server.wire.state import Point

WHOLE = Region(0, 0, 1000, 800)
PLAIN = Affine()
MODELS = ModelList(
    (
        ModelInfo("people", "faces", 256, 256, "CC0-1.0", aligned_face(256)),
        ModelInfo("bicycles", "bicycles", 256, 256, "CC0-1.0"),
    )
)


class Stage:
    def __init__(self, model: str = "people") -> None:
        self.said: list[str] = []
        self.form, self.frame = Form(), Frame()
        self.models = Models(self.form, model)
        self.marking = Marking(
            self.form, self.frame, self.models, lambda text, warns: self.said.append(text)
        )
        self.frame.marks.changed = self.marking.changed
        self.form.on_change(MARK, self.marking.mark)

    def click(self, x: float, y: float) -> None:
        assert self.frame.press((x, y), PLAIN)
        self.frame.release()

    @property
    def down(self) -> bool:
        return bool(self.form.value(MARK))


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.models.show(MODELS)
    stage.frame.show("layer", WHOLE, WHOLE)
    return stage


def moved(point: Point) -> Point:
    """A face of 256 pixels made twice as large, elsewhere in the photo."""
    return 2 * point[0] + 300, 2 * point[1] + 150


def test_each_click_is_asked_for_and_then_the_frame_lies_around_the_face(stage: Stage) -> None:
    face = aligned_face(256)
    stage.form.act(MARK, True)
    for place in (*face.eyes, face.mouth):
        assert stage.down
        stage.click(*moved(place))
    assert not stage.down
    assert len(set(stage.said)) == 4
    assert "mouth" in stage.said[2]
    assert "Recognise" in stage.said[3]
    region = stage.frame.region
    corner, end = moved((0.0, 0.0)), moved((255.0, 255.0))
    assert corner[0] - 130 < region.x < corner[0] - 20
    assert corner[1] - 130 < region.y < corner[1] - 20
    assert end[0] + 20 < region.x + region.width < end[0] + 130
    assert stage.frame.marked is not None


def test_a_model_of_no_faces_is_told_before_anything_is_clicked(stage: Stage) -> None:
    stage.models.choose("bicycles")
    with pytest.raises(BadInput, match="in pictures of the model “bicycles”"):
        stage.form.act(MARK, True)
    assert not stage.down
    assert not stage.frame.marks.wanted


def test_the_button_is_for_a_frame_and_comes_up_with_it(stage: Stage) -> None:
    assert stage.form.look(MARK).enabled
    stage.form.act(MARK, True)
    stage.click(20, 20)
    stage.frame.hide()
    assert not stage.down
    assert not stage.form.look(MARK).enabled
    assert stage.frame.marks.points == []


def test_escape_brings_it_up(stage: Stage) -> None:
    stage.form.act(MARK, True)
    assert stage.frame.give_up()
    assert not stage.down


def test_while_no_model_is_listed_the_frame_stays_and_the_marks_count() -> None:
    stage = Stage("")
    stage.frame.show("layer", WHOLE, WHOLE)
    stage.form.act(MARK, True)
    for place in ((20, 20), (60, 20), (40, 50)):
        stage.click(*place)
    assert stage.frame.region == WHOLE
    assert stage.frame.marked == ((20, 20), (60, 20), (40, 50))
    assert stage.models.name is None
    assert stage.form.look(MODEL).entries


def test_marks_that_are_no_face_are_told_and_the_frame_stays(stage: Stage) -> None:
    stage.form.act(MARK, True)
    stage.click(100, 100)
    stage.click(160, 100)
    assert stage.frame.press((130.0, 180.0), PLAIN)
    assert stage.frame.move((160.0, 100.5), PLAIN)
    with pytest.raises(BadInput, match="three different places"):
        stage.frame.release()
    assert stage.frame.region == WHOLE
    assert not stage.frame.held


def test_the_mouse_shows_what_it_does_with_marks(stage: Stage) -> None:
    assert stage.frame.cursor((100.0, 100.0), PLAIN) is None
    stage.form.act(MARK, True)
    assert stage.frame.cursor((100.0, 100.0), PLAIN) is Cursor.SETS
    stage.click(100, 100)
    assert stage.frame.cursor((103.0, 100.0), PLAIN) is Cursor.MOVES
    stage.frame.hide()
    assert stage.frame.cursor((103.0, 100.0), PLAIN) is None
