"""The live bench: the hand that it plays, and what it makes of what it saw."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from draggan_server.bench.live import measure as live
from draggan_server.bench.live import report as live_report
from draggan_server.bench.live.measure import LiveCase, LiveResult, measure, random_case
from draggan_server.bench.live.played_hand import JOB, PlayedHand, Pull, minimum_jerk
from draggan_server.bench.live.report import Plan, Row, run_live, table
from draggan_server.editing import preparation
from draggan_server.editing.preparation.picture_metric import PictureMetric
from draggan_server.editing.preparation.survey import Survey
from draggan_server.wire.messages import LiveFrame, Pixels, SampleSource, StartDrag
from draggan_server.worker.live_loop import LiveLoop
from draggan_server.worker.messages import JobFinished, JobFrame, JobStopped, RunDrag
from stylegan2.generator import Generator
from stylegan2.geometry import Geometry
from tests.protocol import fake_engine
from tests.protocol.fake_engine import SIDE, FakeEngine
from tests.unit.stylegan2.generators import random_generator

pytestmark = pytest.mark.slow

BEGIN, END = torch.tensor([[4.0, 4.0]]), torch.tensor([[24.0, 4.0]])


def test_minimum_jerk_goes_from_rest_to_rest() -> None:
    assert [minimum_jerk(t) for t in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert minimum_jerk(0.01) < 1e-4
    assert minimum_jerk(0.99) > 1 - 1e-4


def frame(number: int, x: float) -> LiveFrame:
    return LiveFrame(number, 1, ((x, 4.0),), ((x, 4.0),), (False,), ("held",), 0.0)


def test_latency_and_lag_of_a_pull() -> None:
    pull = Pull(BEGIN, END, seconds=1.0, began=100.0)
    pull.sent = {1: 100.0, 2: 100.2, 3: 100.4, 4: 100.6}
    pull.frames = [(100.25, frame(1, 4.0)), (100.5, frame(3, 8.0)), (101.5, frame(3, 24.0))]
    assert pull.latencies == pytest.approx([0.25, 0.3, 0.1])  # nothing has shown the fourth
    assert pull.lags == pytest.approx([20 * minimum_jerk(0.25), 6.0])  # while the hand moved
    assert len(pull.moving) == 2


@pytest.mark.parametrize("keep", [True, False])
def test_the_hand_pulls_one_way_after_another(keep: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_engine, "STEP_SECONDS", 0.001)
    sent: list[object] = []
    send = PlayedHand.send
    monkeypatch.setattr(PlayedHand, "send", lambda hand, m: sent.append(m) or send(hand, m))
    forth, back = Pull(BEGIN, END, 0.1), Pull(END, BEGIN, 0.1)
    hand = PlayedHand([forth, back], SIDE, keep=keep)
    state = FakeEngine().open_sample(SampleSource("steady", 1)).to_json()
    request = StartDrag("", 0, ((4.0, 4.0),), ((4.0, 4.0),), live=True)
    LiveLoop(hand, FakeEngine(), RunDrag(JOB, state, request)).run()
    for pull in (forth, back):
        assert len(pull.sent) == 7  # at 60 a second, both ends included
        assert pull.rested is not None
        assert pull.rested >= pull.ended
    assert forth.frames[-1][1].handle_points == ((24.0, 4.0),)
    assert back.frames[-1][1].handle_points == ((4.0, 4.0),)
    assert back.began >= forth.ended
    assert isinstance(sent[-1], JobFinished if keep else JobStopped)
    assert (hand.finished is not None) == keep
    assert all(isinstance(message, JobFrame) for message in sent[:-1])


def test_the_hand_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_engine, "STEP_SECONDS", 0.001)
    monkeypatch.setattr(fake_engine, "LIVE_STRIDE", 1e-6)
    monkeypatch.setattr("draggan_server.bench.live.played_hand.PATIENCE", 0.1)
    pull = Pull(BEGIN, END, 0.1)
    state = FakeEngine().open_sample(SampleSource("steady", 1)).to_json()
    request = StartDrag("", 0, ((4.0, 4.0),), ((4.0, 4.0),), live=True)
    hand = PlayedHand([pull], SIDE, keep=False)
    LiveLoop(hand, FakeEngine(), RunDrag(JOB, state, request)).run()
    assert pull.rested is None
    assert pull.frames


@pytest.fixture
def small() -> Generator:
    geometry = Geometry(
        z_dim=4, w_dim=6, mapping_layers=1, img_resolution=(64, 64), channels=(6, 6, 6, 5, 4)
    )
    generator = random_generator(geometry, 3).float()
    metric = torch.randn(
        preparation.FIRST, generator.num_ws, 6, generator=torch.Generator().manual_seed(0)
    )
    preparation.remember(generator, Survey(PictureMetric(metric * 1e-3), {}))
    return generator


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("draggan_server.bench.live.measure.PULL_SECONDS", 0.1)


def test_random_cases_lie_inside_and_go_as_far_as_asked(small: Generator) -> None:
    for share in (0.1, 0.5):
        for number in range(5):
            case = random_case(small, share, 3, number)
            for points in (case.begin, case.end):
                assert bool(((points >= 0) & (points <= 63)).all())
            way = (case.end - case.begin).norm(dim=1)
            torch.testing.assert_close(way, torch.full((3,), 64 * share))
    again: LiveCase = random_case(small, 0.5, 3, 4)
    assert torch.equal(again.begin, case.begin)


@pytest.mark.usefixtures("_quick")
def test_a_gesture_is_measured(small: Generator) -> None:
    result = measure(small, random_case(small, 0.1, 1, 0), None)
    assert result.back is not None  # how much that is depends on how fast this machine is
    assert result.press_to_frame > 0
    assert result.first_press_to_frame > 0
    assert len(result.latencies) == 7
    assert result.rest is not None
    assert result.rest >= 0
    assert result.distance is None
    assert result.drag_tracked is None  # with random weights a drag has nothing to show


def test_the_difference_is_that_of_the_colours() -> None:
    before, after = (Pixels(2, 1, 4, bytes(data)) for data in ([9] * 8, [9, 9, 9, 0, 9, 15, 9, 9]))
    assert live._difference(before, after) == pytest.approx(1.0)  # 6 levels in one of six


RESULT = LiveResult(10.0, 0.1, 0.15, [0.1, 0.2, 0.3], 5.0, 0.5, 0.25, 1.0, 2.0)


def test_the_table_has_a_row_for_each_way() -> None:
    lion = dataclasses.replace(RESULT, distance=4.0, drag_distance=4.5, likeness=-0.5)
    *_, first, second = table(
        [Row("toy-lion", 0.1, 1, [lion, lion]), Row("config-f-512", 0.5, 3, [RESULT])]
    ).splitlines()
    assert first.startswith(
        "| toy-lion | 1 | 10% | 2 | 200, 300 | 10.0 | 100 | 150 | 5.0 | 0.50 | 0.25 |"
    )
    assert first.endswith("| 1.0 | 2.0 | 4.0 | 4.5 | -0.5 |  |")
    assert second.endswith("| 1.0 | 2.0 |  |  |  |  |")


@pytest.mark.usefixtures("_quick")
def test_a_run_writes_its_figures(
    small: Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_report, "random_generator", lambda resolution, device: small)
    text = run_live(Plan(["config-f-512"], [0.1], [1], 1), tmp_path, device="cpu", threads=1)
    assert (tmp_path / "live.md").read_text() == f"{text}\n"
    document = json.loads((tmp_path / "live.json").read_text())
    assert document["device"] == "cpu"
    assert len(document["load"]) == 2
    (row,) = document["rows"]
    assert (row["model"], row["share"], row["points"]) == ("config-f-512", 0.1, 1)
