"""Live drags whose steps are recorded: as on a GPU, with a tape in the place of its graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
import torch
from torch.utils._pytree import tree_leaves

from draggan_server.editing import live_edit
from draggan_server.editing.live_edit import LiveEdit
from draggan_server.editing.live_run import LiveRun
from draggan_server.editing.replay import Recorder, Replayed, recorder_of
from draggan_server.wire.messages import StartDrag
from draggan_server.wire.state import EditState, Point
from stylegan2 import answers
from stylegan2.generator import Generator
from tests.unit.editing.tape import TapeRecorder

T = TypeVar("T")

NOSE: Point = (128.0, 150.0)
EAR: Point = (60.0, 52.0)
"""Two places of the lion where something is seen."""


class Refusing:
    """Records nothing."""

    def record(self, work: Callable[[], T]) -> tuple[T, Callable[[], None]]:
        raise RuntimeError("operation not permitted when stream is capturing")


class Wrong(TapeRecorder):
    """What it replays, it replays wrongly."""

    def record(self, work: Callable[[], T]) -> tuple[T, Callable[[], None]]:
        made, again = super().record(work)
        with torch.no_grad():
            for tensor in tree_leaves(made):
                if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
                    tensor.add_(1)
        return made, again


@pytest.fixture
def tape(monkeypatch: pytest.MonkeyPatch) -> TapeRecorder:
    """Live drags of the test are recorded, and nothing in them asks what a tensor holds."""
    recorder = TapeRecorder()
    monkeypatch.setattr(live_edit, "recorder_of", lambda device: recorder)
    monkeypatch.setattr(answers, "come_at_once", lambda tensor: False)
    return recorder


def test_only_graphics_cards_record() -> None:
    assert recorder_of(torch.device("cpu")) is None


def test_what_is_replayed_sees_the_numbers_of_now() -> None:
    recorder = TapeRecorder()
    double = Replayed(lambda x, y: (2 * x + y.sum()).sqrt_(), recorder)
    for scale in (1.0, 4.0, 9.0):
        x, y = torch.arange(4.0) * scale, torch.ones(3) * scale
        torch.testing.assert_close(double(x, y), (2 * x + y.sum()).sqrt())
    assert recorder.recorded == 1
    assert recorder.replayed == 2


def test_work_that_asks_the_device_cannot_be_recorded() -> None:
    asking = Replayed(lambda x: x * float(x.sum()), TapeRecorder())
    with pytest.raises(RuntimeError, match="cannot be recorded"):
        asking(torch.ones(2))


def pulled(edit: LiveEdit, request: StartDrag) -> tuple[list[Point], torch.Tensor]:
    """Where the first handle was seen in each frame of a pull down, on and back up, and the latent
    at the end of it."""
    run = LiveRun(edit, request)
    for _ in run.prepare():
        pass
    seen = []
    (x, y), *others = request.handle_points
    for number, way in enumerate((2, 6, 11, 15, 18, 20, 20, 20, 14, 9)):
        run.aim(request.handle_points, ((x + way / 3, y + way), *others))
        if not run.resting:
            run.step()
            run.look_ahead()
        seen.append(run.frame(number).handle_points[0])
    for _ in run.settle():
        pass
    return seen, run._last.w_plus


@pytest.mark.slow
@pytest.mark.parametrize("points", [(NOSE,), (NOSE, EAR)])
def test_a_recorded_pull_is_the_same_pull(
    lion: Generator,
    state: EditState,
    points: tuple[Point, ...],
    request: pytest.FixtureRequest,
) -> None:
    press = StartDrag("", 0, points, points, live=True)
    wanted, at_end = pulled(LiveEdit(lion, state, press), press)
    tape: TapeRecorder = request.getfixturevalue("tape")
    edit = LiveEdit(lion, state, press)
    for _ in range(2):
        seen, w_plus = pulled(edit, press)
        torch.testing.assert_close(torch.tensor(seen), torch.tensor(wanted), atol=0.02, rtol=0)
        torch.testing.assert_close(w_plus, at_end, atol=0.02, rtol=0)
    assert 4 <= tape.recorded <= 6  # two or three views and the motion in each, for both presses
    assert tape.replayed > 3 * tape.recorded


@pytest.mark.slow
@pytest.mark.parametrize("recorder", [Refusing(), Wrong()])
def test_what_cannot_be_recorded_is_done_step_by_step(
    lion: Generator,
    state: EditState,
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    press = StartDrag("", 0, (NOSE,), (NOSE,), live=True)
    wanted, at_end = pulled(LiveEdit(lion, state, press), press)
    monkeypatch.setattr(live_edit, "recorder_of", lambda device: recorder)
    seen, w_plus = pulled(LiveEdit(lion, state, press), press)
    assert seen == wanted
    assert torch.equal(w_plus, at_end)
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "steps are not recorded, drags take longer"
    ]
