"""How the lion's picture moves, against what its renderer knows; and what is carried along."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from draggan_server.bench.carrying.cases import make_cases
from draggan_server.bench.carrying.measure import measure
from draggan_server.editing import latents
from draggan_server.editing.edit import DragRun, open_sample
from draggan_server.editing.picture_motion import picture_motion
from draggan_server.editing.rendering import render
from draggan_server.layer import pixels
from draggan_server.models import zoo
from draggan_server.wire.drag_config import NewtonConfig
from draggan_server.wire.messages import Pixels, StartDrag
from stylegan2.generator import Generator
from tests.unit.editing.lion import HANDLE, SIDE, SOURCE, TARGET

BLUE = (30, 60, 220)
EYE, EYE_AFTER = (146, 106), (144, 111)
"""Read from the pictures."""


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


@pytest.fixture(scope="module")
def painted_and_dragged(lion: Generator) -> tuple[np.ndarray, np.ndarray, bool]:
    """A lion with paint over an eye and on the ground, before and after its chin was dragged."""
    state = open_sample(lion, zoo.find("toy-lion"), SOURCE)
    picture = render(lion, latents.w_plus_of_state(lion, state))
    layer = pixels.from_tensor(pixels.with_alpha(picture))
    painted = np.frombuffer(layer.data, np.uint8).reshape(SIDE, SIDE, 4).copy()
    x, y = EYE
    painted[y - 9 : y + 9, x - 9 : x + 9, :3] = BLUE
    painted[10:30, 10:30, :3] = BLUE
    request = StartDrag(
        edit_id="e",
        revision=0,
        handle_points=(HANDLE,),
        target_points=(TARGET,),
        config=NewtonConfig(),
        layer=Pixels(SIDE, SIDE, 4, painted.tobytes()),
    )
    run = DragRun(lion, state, request)
    for _ in run:
        pass
    outcome = run.finish(run.reason)
    result = np.frombuffer(outcome.layer.data, np.uint8).reshape(SIDE, SIDE, 4)
    assert outcome.state.left is not None
    assert any(outcome.state.left.painted)
    return painted, result, outcome.paint_replaced


def test_paint_goes_along_with_what_it_is_on(
    painted_and_dragged: tuple[np.ndarray, np.ndarray, bool],
) -> None:
    _, result, lost = painted_and_dragged
    blue = np.abs(result[..., :3].astype(int) - BLUE).max(axis=2) < 24
    rows, columns = np.nonzero(blue[60:])
    assert 250 < len(rows) < 400
    assert (columns.mean(), rows.mean() + 60) == pytest.approx(EYE_AFTER, abs=2)
    assert not lost


def test_paint_beside_what_moves_stays(
    painted_and_dragged: tuple[np.ndarray, np.ndarray, bool],
) -> None:
    painted, result, _ = painted_and_dragged
    assert np.abs(painted[5:35, 5:35].astype(int) - result[5:35, 5:35]).max() <= 3


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
