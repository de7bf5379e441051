"""A drag spread over frames: what is asked, what comes, and the file in which Krita gets it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from draggan_server.host.forms.form import Form
from draggan_server.host.forms.frames import ANIMATE, FIRST_FRAME, FRAMES, LAST_FRAME, FramesForm
from draggan_server.host.layers.editor import LayerBook
from draggan_server.host.layers.key_frames import key_file
from draggan_server.host.layers.timeline import Timeline
from draggan_server.host.pairs import PointPair
from draggan_server.host.raw_pixels import laid_on
from draggan_server.host.region import Region
from draggan_server.host.request import Layer, Request, Spread
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import EditOpened, Pixels
from draggan_server.wire.photo_record import PhotoRecord
from draggan_server.wire.state import EditState
from tests.hosts.krita.kra_file import animated_layers
from tests.unit.host.paper import PaperDocument

PAIR = PointPair((8.0, 8.0), (12.0, 8.0))
PLACE = Region(4, 6, 32, 32)
_AS_IT_IS = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
PHOTO = PhotoRecord(32, 32, _AS_IT_IS, bytes(108), 0.9, 30.0)
STATE = EditState("lion", "0" * 64, 1, 1, bytes(4))


def shade(value: int, side: int = 32, alpha: int = 255) -> Pixels:
    return Pixels(side, side, 4, bytes([value, value, value, alpha]) * side**2)


def noise(width: int, height: int, seed: int) -> Pixels:
    data = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    return Pixels(width, height, 4, data.tobytes())


def spread(first: int, last: int, *way: Pixels) -> Spread[Layer]:
    layer = Layer("lion", "Lion")
    request = Request(layer, "state", shade(1), None, (PAIR,), drag_config())
    return replace(Spread.of(request, (first, last)), way=way)


def test_as_many_pictures_are_asked_for_as_there_are_frames_between() -> None:
    edit = EditOpened("edit", 1, "lion", "state", shade(1))
    assert [spread(3, last).message(edit).frames for last in (4, 5, 204)] == [0, 1, 200]


@pytest.mark.parametrize(
    ("frames", "sentence"),
    [
        ((3, 3), "The last frame, 3, does not come after the first, 3: choose a later one."),
        ((9, 2), "The last frame, 2, does not come after the first, 9: choose a later one."),
        ((0, 202), "These are 203 frames; a drag is spread over 202 at most: choose fewer."),
    ],
)
def test_frames_that_are_no_range_or_too_many_are_refused(
    frames: tuple[int, int], sentence: str
) -> None:
    with pytest.raises(BadInput) as refused:
        spread(*frames)
    assert str(refused.value) == sentence


def test_each_frame_has_its_picture_and_before_the_first_it_is_as_it_was() -> None:
    keys = spread(3, 6, shade(2), shade(3)).keys(shade(4))
    shown = [(time, picture.data[0]) for time, picture in keys]
    assert shown == [(0, 1), (3, 1), (4, 2), (5, 3), (6, 4)]
    stopped = spread(3, 6, shade(2)).keys(shade(4))
    assert [time for time, _ in stopped] == [0, 3, 4, 6]
    assert [time for time, _ in spread(0, 1).keys(shade(4))] == [0, 1]


def test_what_is_written_is_what_another_program_reads() -> None:
    with key_file('A "lion" & <co>', [0, 3, 9]) as path:
        (layer,) = animated_layers(Path(path))
    assert not Path(path).exists()
    assert layer.name == 'A "lion" & <co>'
    assert list(layer.frames) == [0, 3, 9]
    assert not any(picture.any() for picture in layer.frames.values())


def test_a_picture_is_laid_on_the_ground_at_its_corner() -> None:
    laid = laid_on(noise(6, 5, 1), noise(2, 3, 2), (3, 1))
    wanted = np.frombuffer(noise(6, 5, 1).data, np.uint8).reshape(5, 6, 4).copy()
    wanted[1:4, 3:5] = np.frombuffer(noise(2, 3, 2).data, np.uint8).reshape(3, 2, 4)
    assert laid.data == wanted.tobytes()


class TestResult:
    """What is put above the layer."""

    @pytest.fixture
    def document(self) -> PaperDocument:
        return PaperDocument()

    def added(self, document: PaperDocument, state: EditState, alpha: int = 255) -> Any:
        book = LayerBook()
        node = document.find("lion")
        assert node is not None
        book.records.remember(document, node, state.to_json(), PLACE)
        read = book.pictures.read(document)
        request = Request(read.layer, "", read.pixels, None, (PAIR,), drag_config())
        over = replace(Spread.of(request, (2, 5)), way=(shade(2), shade(3, alpha=alpha)))
        layer = book.pictures.add_frames(over, shade(4), state.to_json())
        assert book.records.of(document)[layer.key].region == PLACE
        return layer.node

    def test_it_has_a_key_for_each_frame_and_the_document_plays_to_the_last(
        self, document: PaperDocument
    ) -> None:
        document.layer("lion", PLACE, shade=1)
        document.end = 3
        node = self.added(document, STATE)
        assert [(time, one.data[0]) for time, one in node.keys] == [
            *((0, 1), (2, 1), (3, 2), (4, 3), (5, 4))
        ]
        assert (node.name, node.corner, document.end) == ("Dragged: Lion", (4, 6), 5)

    @pytest.mark.parametrize(("alpha", "around"), [(255, False), (128, True)])
    def test_what_is_around_a_part_of_a_photo_is_on_it_where_the_source_will_be_hidden(
        self, document: PaperDocument, alpha: int, around: bool
    ) -> None:
        document.layer("lion", Region(0, 0, 40, 44), shade=9)
        photo = EditState("lion", "0" * 64, 1, 1, bytes(4), PHOTO)
        node = self.added(document, photo, alpha)
        assert node.corner == ((0, 0) if around else (4, 6))
        _time, picture = node.keys[-1]
        assert (picture.width, picture.height) == ((40, 44) if around else (32, 32))
        corner = picture.data[: 4 * 4]
        assert corner == bytes([9, 9, 9, 255] if around else [4, 4, 4, 255]) * 4


class TestForm:
    def test_the_button_starts_with_the_frames_that_are_set(self) -> None:
        form, started = Form(), []
        FramesForm(form, started.append, lambda: None)
        form.act(FIRST_FRAME, 7)
        form.act(LAST_FRAME, 19)
        form.act(ANIMATE)
        assert started == [(7, 19)]

    def test_the_frames_are_proposed_when_the_part_is_unfolded(self) -> None:
        form, proposed = Form(), [(4, 9)]
        frames = FramesForm(form, lambda _frames: None, lambda: proposed[-1])
        form.act(FRAMES, True)
        assert frames.frames == (4, 9)
        proposed.append((1, 2))
        form.act(FRAMES, False)
        assert frames.frames == (4, 9)

    def test_the_played_range_is_proposed_or_else_a_second_from_now(self) -> None:
        assert Timeline(12, 5, 20, 0, 100, 24).proposed == (5, 20)
        assert Timeline(12, 0, 100, 0, 100, 24).proposed == (12, 36)
