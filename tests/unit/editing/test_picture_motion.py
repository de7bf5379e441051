"""How the lion's picture moves, against what its renderer knows; and what is carried along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from draggan_server.bench.carrying.cases import make_cases
from draggan_server.bench.carrying.measure import measure
from draggan_server.bench.reader.reader import Reader
from draggan_server.editing import latents
from draggan_server.editing.edit import DragRun, open_sample
from draggan_server.editing.picture_motion import picture_motion
from draggan_server.editing.rendering import render
from draggan_server.layer import optical_flow, pixels
from draggan_server.models import zoo
from draggan_server.wire.drag_config import NewtonConfig
from draggan_server.wire.messages import Pixels, StartDrag
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks
from tests.unit.editing.lion import HANDLE, SIDE, SOURCE, TARGET

BLUE = (30, 60, 220)
EYE = (146, 106)
"""Of the lion, where paint is put on it."""
ASIDE = -20
"""Pixels by which the nose is dragged, and the head is turned."""


def test_the_motion_is_about_the_renderer_s(lion: Generator) -> None:
    case = next(iter(make_cases(lion, 1, seed=3)))
    motion = picture_motion(lion, case.before, case.after)
    judged = case.judged[0, 0] > 0
    off, still = (
        (back - case.back)[0].norm(dim=0)[judged].median()
        for back in (motion.back, torch.zeros_like(case.back))
    )
    assert float(off) < 0.6 * float(still)
    assert float(motion.sure[0, 0][judged].mean()) > 0.8
    record, _ = measure(lion, case)
    assert record.carried > record.plain + 0.5
    assert record.exact > record.plain + 2


def test_an_outline_that_stays_does_not_hold_the_surface_before_it(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A head that turns keeps its outline, which tells of a motion one way only."""
    case = next(iter(make_cases(lion, 1, seed=3)))

    def off() -> float:
        motion = picture_motion(lion, case.before, case.after)
        return float((motion.back - case.back)[0].norm(dim=0)[case.judged[0, 0] > 0].mean())

    as_it_is = off()
    monkeypatch.setattr(optical_flow, "ONE_WAY", 0)
    assert as_it_is < 0.9 * off()


def test_detail_is_carried_on_a_photo_that_was_found_too(lion: Generator) -> None:
    """With what a fit finds in it."""
    case = next(iter(make_cases(lion, 1, seed=3)))
    true, found = measure(lion, case)[0], measure(lion, case, "fast")[0]
    assert found.carried > found.plain + 0.5
    assert found.plain != true.plain


@dataclass(frozen=True)
class Dragged:
    """A lion with paint over an eye and on the ground, `before` and `after` its nose was dragged,
    [SIDE, SIDE, 4]; where the eye is then, (x, y), as read from the picture without paint."""

    before: np.ndarray
    after: np.ndarray
    eye: tuple[float, float]
    paint_replaced: bool


@pytest.fixture(scope="module")
def dragged(lion: Generator) -> Dragged:
    reader = Reader.load()

    def read(picture: torch.Tensor, *names: str) -> torch.Tensor:
        """[2]: in the middle of these landmarks."""
        numbers = [landmarks.NAMES.index(name) for name in names]
        return reader.read(picture * 2 - 1).points[0, numbers].mean(dim=0)

    state = open_sample(lion, zoo.find("toy-lion"), SOURCE)
    picture = render(lion, latents.w_plus_of_state(lion, state))
    layer = pixels.from_tensor(pixels.with_alpha(picture))
    painted = np.frombuffer(layer.data, np.uint8).reshape(SIDE, SIDE, 4).copy()
    x, y = EYE
    painted[y - 9 : y + 9, x - 9 : x + 9, :3] = BLUE
    painted[10:30, 10:30, :3] = BLUE
    nose_x, nose_y = read(picture, "nose").tolist()
    request = StartDrag(
        edit_id="e",
        revision=0,
        handle_points=((nose_x, nose_y),),
        target_points=((nose_x + ASIDE, nose_y),),
        config=NewtonConfig(),
        layer=Pixels(SIDE, SIDE, 4, painted.tobytes()),
    )
    run = DragRun(lion, state, request)
    for _ in run:
        pass
    outcome = run.finish(run.reason)
    assert outcome.state.left is not None
    assert any(outcome.state.left.painted)
    turned = render(lion, latents.w_plus_of_state(lion, outcome.state))
    corners = "eye_l_inner", "eye_l_outer"
    eye = torch.tensor(EYE) + read(turned, *corners) - read(picture, *corners)
    result = np.frombuffer(outcome.layer.data, np.uint8).reshape(SIDE, SIDE, 4)
    return Dragged(painted, result, (float(eye[0]), float(eye[1])), outcome.paint_replaced)


def test_paint_goes_along_with_what_it_is_on(dragged: Dragged) -> None:
    blue = np.abs(dragged.after[..., :3].astype(int) - BLUE).max(axis=2) < 24
    rows, columns = np.nonzero(blue[60:])
    assert 250 < len(rows) < 400
    assert dragged.eye[0] < EYE[0] - 8
    assert (columns.mean(), rows.mean() + 60) == pytest.approx(dragged.eye, abs=2)
    assert not dragged.paint_replaced


def test_paint_beside_what_moves_stays(dragged: Dragged) -> None:
    before, after = (picture[5:35, 5:35].astype(int) for picture in (dragged.before, dragged.after))
    assert np.abs(before - after).max() <= 3


def test_a_picture_that_nobody_touched_becomes_the_new_one_exactly(lion: Generator) -> None:
    state = open_sample(lion, zoo.find("toy-lion"), SOURCE)
    shown = pixels.from_tensor(
        pixels.with_alpha(render(lion, latents.w_plus_of_state(lion, state)))
    )
    run = DragRun(
        lion,
        state,
        StartDrag(
            edit_id="e",
            revision=0,
            handle_points=(HANDLE,),
            target_points=(TARGET,),
            config=NewtonConfig(max_steps=2),
            layer=shown,
        ),
    )
    for _ in run:
        pass
    outcome = run.finish(run.reason)
    after = render(lion, latents.w_plus_of_state(lion, outcome.state))
    assert outcome.layer.data == pixels.from_tensor(pixels.with_alpha(after)).data
    assert outcome.layer.data != shown.data
