"""A photo in a real Krita, with the default model on a real daemon."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from draggan_server.host.sentences import said as sentences
from draggan_server.wire.state import EditState
from tests.hosts.any_picture import ANY_PICTURE
from tests.hosts.krita.krita_host import KritaHost
from tests.photos import REGION, SIZE, photo_of_lion

pytestmark = pytest.mark.krita

MOVABLE = (330, 220, 130, 100)
DOWN = 14
VIEWS = [
    {"zoom": 1.0, "rotation": 0, "mirror": True},
    {"zoom": 0.8, "rotation": 25, "mirror": False},
    {"zoom": 0.9, "rotation": -40, "mirror": True},
]


@pytest.fixture(scope="module")
def arguments(krita: KritaHost) -> dict[str, Any]:
    lion = photo_of_lion()
    path = krita.folder / "photo.png"
    lion.save(path)
    x, y = map(round, lion.chin)
    pair = [(x, y), (x, y + DOWN)]
    return {"photo": str(path), "region": REGION, "movable": MOVABLE, "pair": pair}


@pytest.fixture(scope="module")
def dragged(krita: KritaHost, daemon: dict[str, str], arguments: dict[str, Any]) -> dict[str, Any]:
    return krita.run("photos:from_photo_to_file", arguments, daemon, seconds=400)


@pytest.fixture(scope="module")
def reopened(
    krita: KritaHost, daemon: dict[str, str], arguments: dict[str, Any], dragged: dict[str, Any]
) -> dict[str, Any]:
    return krita.run(
        "photos:opened_again", {**arguments, "photo": dragged["file"]}, daemon, seconds=300
    )


def test_the_user_is_asked_for_the_model_and_told_how_well_it_does(
    dragged: dict[str, Any],
) -> None:
    (name,) = (one for one in dragged["layers"] if one != "Selection Mask")
    assert dragged["asked"] == sentences.CHOOSE_MODEL.format(name=name)
    assert re.match(
        r"The model “toy-lion” shows \d\d% of this picture; the rest is kept", dragged["recognised"]
    )
    assert dragged["record"]["region"] == list(REGION)
    photo = EditState.from_json(dragged["record"]["state"]).photo
    assert photo is not None
    assert (photo.width, photo.height) == REGION[2:]


def test_what_the_model_does_not_show_is_dark(dragged: dict[str, Any]) -> None:
    photo = EditState.from_json(dragged["record"]["state"]).photo
    assert photo is not None
    assert photo.shown is not None
    assert bytes.fromhex(dragged["dark"]) == photo.shown.data()
    assert dragged["said of it"] == sentences.DETAIL


def test_the_frame_is_pulled_and_just_that_is_recognised(
    krita: KritaHost, daemon: dict[str, str], arguments: dict[str, Any]
) -> None:
    left, top, width, height = REGION
    across, down = 64, 40
    selected = [left, top, width - across, height - down]
    given = {**arguments, "selected": selected, "by": [across, down]}
    said = krita.run("photos:pulled_by_its_frame", given, daemon, seconds=400)
    assert said["thin"] == [left, top, width - across, 16]
    assert said["begins"] == said["given back"] == said["selected"] == selected
    assert said["pulled"] == said["record"]["region"] == list(REGION)
    assert said["moved"] == [left - 40, top, width, height]
    assert said["there while recognised"] == [False]
    assert not said["there"]
    assert said["pairs"] == []
    state = EditState.from_json(said["record"]["state"])
    assert state.photo is not None
    assert (state.photo.width, state.photo.height) == REGION[2:]
    # The lion fills its region, and so the model's picture about covers it.
    corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    for found, corner in zip(said["outline"], corners, strict=True):
        assert found == pytest.approx(corner, abs=width / 3)


def test_the_frame_is_pulled_where_the_canvas_is_turned_and_mirrored(
    krita: KritaHost, daemon: dict[str, str], arguments: dict[str, Any]
) -> None:
    left, top, width, height = REGION
    selected = [left, top, width - 64, height - 40]
    pulled = left + width - 1, top + height - 1
    given = {**arguments, "selected": selected, "pulled": pulled, "views": VIEWS}
    said = krita.run("photos:framed_in_views", given, daemon, seconds=200, opengl=True)
    assert said["canvas"] == "KisOpenGLCanvas2"
    for one in said["views"]:
        assert one["begins"] == selected
        assert one["pulled"] == pytest.approx(list(REGION), abs=2)


def test_a_model_for_any_picture_drags_it_by_start(
    krita: KritaHost, any_picture_daemon: dict[str, str], arguments: dict[str, Any]
) -> None:
    given = {**arguments, "model": ANY_PICTURE}
    said = krita.run("photos:by_a_model_for_any_picture", given, any_picture_daemon, seconds=500)
    assert said["listed"] == ANY_PICTURE
    assert said["recognised"].startswith(f"The model “{ANY_PICTURE}” shows ")
    dragging, pairs, names = said["pulled"]
    assert not dragging
    assert not said["may follow"]
    assert "takes too long to follow the mouse" in said["why not"]
    assert len(pairs) == 1
    assert names == said["layers"] == said["names undone"]
    assert any(text.startswith("Preparing the model") for text in said["words"])
    assert any(text.startswith("Step ") for text in said["words"])
    assert len(said["names"]) == len(names) + 1
    state = EditState.from_json(said["record"]["state"])
    assert (state.model, [drag.method for drag in state.drags]) == (ANY_PICTURE, ["dragdiffusion"])
    (folder,) = (krita.folder / "runs").glob("photos-by_a_model_for_any_picture-*")
    assert check_held(folder) > 0


def test_eyes_and_mouth_are_clicked_and_the_frame_lies_around_them(
    krita: KritaHost, daemon: dict[str, str], arguments: dict[str, Any]
) -> None:
    face = [[round(x), round(y)] for x, y in photo_of_lion().face]
    given = {**arguments, "face": face}
    said = krita.run("photos:marked_by_eyes_and_mouth", given, daemon, seconds=400)
    assert said["asked"] == [
        sentences.MARK_AN_EYE,
        sentences.MARK_THE_OTHER_EYE,
        sentences.MARK_THE_MOUTH,
    ]
    assert said["then"] == sentences.MARKED
    for mark, clicked in zip(said["marks"], face, strict=True):
        assert mark == pytest.approx(clicked, abs=1)
    left, top, width, height = REGION
    assert said["begins"] == [0, 0, *SIZE]
    assert said["record"]["region"] == said["surrounded"] != said["begins"]
    assert "shows" in said["recognised"]
    state = EditState.from_json(said["record"]["state"])
    assert state.photo is not None
    assert state.photo.in_the_world
    placement = np.reshape(state.photo.placement, (3, 3)) @ (127.5, 127.5, 1)
    middle = placement[:2] / placement[2] + said["surrounded"][:2]
    assert middle == pytest.approx((left + width / 2, top + height / 2), abs=12)


def test_nothing_moves_outside_of_the_selection_and_the_chin_goes_down(
    dragged: dict[str, Any], reopened: dict[str, Any], krita: KritaHost
) -> None:
    for run in ("photos-from_photo_to_file-*", "photos-opened_again-*"):
        (folder,) = (krita.folder / "runs").glob(run)
        assert check_held(folder) > 2


def check_held(folder: Path) -> float:
    """What may not move is there bit for bit; by how many levels the rest has changed."""
    source, result = (_picture(folder / f"{name}.bin") for name in ("source", "result"))
    left, top, width, height = MOVABLE
    movable = np.zeros(source.shape[:2], bool)
    movable[top : top + height, left : left + width] = True
    assert np.array_equal(source[~movable], result[~movable])
    return float(np.abs(source[movable] - result[movable]).mean())


def test_the_result_is_one_undo_step(dragged: dict[str, Any]) -> None:
    assert dragged["dragged"].startswith(("Arrived", "The points come no nearer"))
    assert dragged["names undone"] == dragged["names while recognised"]
    assert dragged["names redone"] == dragged["names"]
    assert len(dragged["names"]) == len(dragged["names undone"]) + 1


def test_the_file_keeps_it_and_the_drag_goes_on(reopened: dict[str, Any]) -> None:
    state = EditState.from_json(reopened["record"]["state"])
    assert len(state.drags) == 2
    assert state.photo is not None
    assert reopened["record"]["region"] == list(REGION)


def test_a_layer_that_was_flipped_since_is_dragged_where_its_photo_is(
    reopened: dict[str, Any],
) -> None:
    """It is a part of its layer; its points go with it, and what was painted to move."""
    found = reopened["flipped"]
    left, top, width, height = REGION
    photo = EditState.from_json(found["state"]).photo
    assert photo is not None
    placement = np.reshape(photo.placement, (3, 3))
    assert np.linalg.det(placement) < 0  # turned over
    middle = placement @ (127.5, 127.5, 1)
    x, y = middle[:2] / middle[2] + found["region"][:2]
    assert (x, y) == pytest.approx((SIZE[0] - left - width / 2, top + height / 2), abs=12)
    assert len(reopened["pairs"]) == len(reopened["flipped pairs"]) == 1
    for before, after in zip(reopened["pairs"][0], reopened["flipped pairs"][0], strict=True):
        assert after == pytest.approx((SIZE[0] - 1 - before[0], before[1]), abs=2)
    edge = SIZE[0] - left - width // 4 - found["region"][0]
    assert set(reopened["flipped mask"][10 : edge - 3]) == {255}
    assert set(reopened["flipped mask"][edge + 3 :]) == {0}
    drags = EditState.from_json(reopened["dragged there"]["state"]).drags
    assert len(drags) == 3


def _picture(path: Path) -> np.ndarray[Any, Any]:
    return np.fromfile(path, np.uint8).reshape(*SIZE[::-1], 4).astype(int)
