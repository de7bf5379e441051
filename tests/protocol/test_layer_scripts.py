"""What a script does with a layer that keeps its notes, against a daemon in its own process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from draggan_server.host import unattended
from draggan_server.host.corner_points import to_image
from draggan_server.host.dialog.layer import DialogLayer, look
from draggan_server.host.dialog.scripts import done_for_script, new_picture, repeated
from draggan_server.host.forms.commands import COMMANDS, DRAG, HISTORY, INFO, INVERT, SAMPLE
from draggan_server.host.layer_notes import read_region, write_state
from draggan_server.host.pairs import PointPair
from draggan_server.host.region import Region
from draggan_server.host.request import Request
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import Pixels
from draggan_server.wire.state import EditState
from tests.protocol.daemons import RunningDaemon
from tests.protocol.fake_engine import SIDE, Behaviour
from tests.unit.host.items import MemoryImage, MemoryItem

PAIRS = [PointPair((8.0, 8.0), (12.0, 8.0))]
CORNER = (3, 5)
POINTS = json.dumps([[*pair.handle, *pair.target] for pair in to_image(PAIRS, CORNER)])


@pytest.fixture
def _daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with RunningDaemon(tmp_path) as running:
        monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(running.record.connection_file))
        yield


def arguments(command: str, **given: Any) -> Any:
    """Those that are not given are as the command has them."""
    (meant,) = (one for one in COMMANDS if one.name == command)
    usual = {argument.name: argument.default for argument in meant.arguments}
    assert set(given) <= set(usual)
    return {**usual, **given}.__getitem__


def drawn() -> MemoryItem:
    opened = new_picture(arguments(SAMPLE.name, model=Behaviour.STEADY, seed=3))
    item = on_layer(opened.picture)
    write_state(item, opened.saved_state)
    return item


def on_layer(picture: Pixels) -> MemoryItem:
    item = MemoryItem(MemoryImage(), "Lion", picture, False)
    item.move_to(CORNER)
    item.image.items.append(item)
    return item


def do(command: str, item: MemoryItem, **given: Any) -> Any:
    return done_for_script(command, look(item), arguments(command, **given), lambda *_told: None)


@pytest.mark.usefixtures("_daemon")
class TestScripts:
    def test_a_drag_leaves_a_layer_above_and_another_goes_back_to_its_beginning(self) -> None:
        item = drawn()
        told: list[str] = []
        given = arguments(DRAG.name, points=POINTS)
        made = done_for_script(
            DRAG.name, look(item), given, lambda words, _fraction: told.append(words)
        )
        assert isinstance(made, DialogLayer)
        (record,) = EditState.from_json(made.saved_state).drags
        assert (record.handle_points, record.target_points) == (((8.0, 8.0),), ((12.0, 8.0),))
        assert all(told)
        assert item.image.items[0] is made.item
        back = do(HISTORY.name, made.item, position=0)
        assert EditState.from_json(back.saved_state).position == 0
        assert back.item.shown == item.shown
        with pytest.raises(BadInput, match="from 0 to 1"):
            do(HISTORY.name, made.item, position=2)

    def test_without_points_a_path_gives_them(self) -> None:
        item = drawn()
        with pytest.raises(BadInput, match="point"):
            do(DRAG.name, item)
        item.image.path = to_image(PAIRS, CORNER)
        made = do(DRAG.name, item)
        assert len(EditState.from_json(made.saved_state).drags) == 1

    def test_a_photo_is_recognised_and_what_is_known_of_it_told(self) -> None:
        item = on_layer(unattended.draw(Behaviour.STEADY, 3, 0.7).picture)
        assert json.loads(do(INFO.name, item)) == {"known": False, "points": []}
        account = json.loads(do(INVERT.name, item, model=Behaviour.STEADY, quality="fast"))
        assert account["known"]
        assert account["photo"]["width"] == item.shown.width
        assert json.loads(do(INFO.name, item)) == account

    def test_of_a_whole_layer_the_model_is_shown_what_is_around_a_face(self) -> None:
        side = 200
        item = on_layer(Pixels(side, side, 4, bytes([90, 80, 70, 255]) * (side * side)))
        left, top = 90, 60  # of the model's picture, in the layer
        face = json.dumps(
            [
                [CORNER[0] + left + x + 0.5, CORNER[1] + top + y + 0.5]
                for x, y in ((10, 12), (22, 12), (16, 22))
            ]
        )
        given: dict[str, Any] = {"model": Behaviour.STEADY, "quality": "fast", "face": face}
        do(INVERT.name, item, **given)
        found = read_region(item)
        assert abs(found.x + found.width / 2 - left - SIDE / 2) < 2
        assert abs(found.y + found.height / 2 - top - SIDE / 2) < 2
        assert SIDE < found.width < 1.6 * SIDE
        item.image.selection = Region(CORNER[0] + 80, CORNER[1] + 50, 60, 60)
        do(INVERT.name, item, **given)
        assert read_region(item) == Region(80, 50, 60, 60)
        item.image.selection = None
        with pytest.raises(BadInput, match="outside of the layer"):
            do(INVERT.name, item, **{**given, "face": "[[900, 900], [912, 900], [906, 910]]"})
        with pytest.raises(BadInput, match="is no face"):
            do(INVERT.name, item, **{**given, "face": "[[1, 2]]"})

    def test_a_photo_is_dragged_where_a_face_is_told(self) -> None:
        side = 200
        item = on_layer(Pixels(side, side, 4, bytes([90, 80, 70, 255]) * (side * side)))
        left, top = 90, 60  # of the model's picture, in the layer
        at = CORNER[0] + left + 0.5, CORNER[1] + top + 0.5
        face = json.dumps([[at[0] + x, at[1] + y] for x, y in ((10, 12), (22, 12), (16, 22))])
        points = json.dumps([[at[0] + 8, at[1] + 8, at[0] + 12, at[1] + 8]])
        given: dict[str, Any] = {"model": Behaviour.STEADY, "face": face}
        made = do(DRAG.name, item, points=points, **given)
        assert SIDE < made.region.width < 1.6 * SIDE
        (record,) = EditState.from_json(made.saved_state).drags
        handle = at[0] + 8 - made.offset[0] - 0.5, at[1] + 8 - made.offset[1] - 0.5
        assert record.handle_points == (handle,)
        with pytest.raises(BadInput, match="outside the layer"):
            do(DRAG.name, item, points=POINTS, **given)
        with pytest.raises(BadInput, match="knows “Dragged"):
            do(DRAG.name, made.item, points=points, **given)

    def test_a_quality_that_there_is_not_and_a_layer_without_a_state_are_refused(self) -> None:
        item = on_layer(unattended.draw(Behaviour.STEADY, 3, 0.7).picture)
        with pytest.raises(BadInput, match="perfect"):
            do(INVERT.name, item, quality="perfect")
        with pytest.raises(BadInput, match="Lion"):
            do(HISTORY.name, item)


def test_a_drag_is_repeated_with_its_points_or_with_those_of_the_path() -> None:
    item = on_layer(Pixels(32, 32, 4, bytes(32 * 32 * 4)))
    layer = look(item)
    request = Request(layer, "", layer.pixels(), None, tuple(PAIRS), drag_config(max_steps=7))
    again = dict(repeated(request))
    assert (json.loads(again.pop("points")), again) == (
        json.loads(POINTS),
        {"method": request.config.method, "max-steps": 7, "result": "new-layer"},
    )
    item.image.path = to_image(PAIRS, CORNER)
    assert repeated(request)["points"] == "[]"
    item.image.items.clear()
    assert json.loads(repeated(request)["points"]) == json.loads(POINTS)
