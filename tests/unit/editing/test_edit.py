"""An edit as the worker runs it, from a sample over a layer to the next state."""

from __future__ import annotations

import dataclasses
import typing

import numpy as np
import pytest
import torch

from draggan_server.editing import preparation, stall
from draggan_server.editing.canvas import DragOutcome
from draggan_server.editing.edit import DragRun, open_sample, picture
from draggan_server.editing.methods.newton import search
from draggan_server.layer import pixels
from draggan_server.models import zoo
from draggan_server.wire.codec import Envelope
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    BlendSource,
    Pixels,
    SampleSource,
    StartDrag,
    StopReason,
)
from draggan_server.wire.sample_record import SampleRecord
from draggan_server.wire.state import EditState, Point
from draggan_server.worker.messages import WORKER_CODEC, JobSaved
from stylegan2.generator import Generator
from tests.unit.editing.lion import HANDLE, SIDE, TARGET, below_the_eyes

pytestmark = pytest.mark.slow


def run(
    lion: Generator,
    state: EditState,
    layer: Pixels | None = None,
    mask: Pixels | None = None,
    points: tuple[Point, Point] = (HANDLE, TARGET),
    max_steps: int = 300,
) -> tuple[DragRun, DragOutcome]:
    request = StartDrag(
        edit_id="edit",
        revision=0,
        handle_points=points[:1],
        target_points=points[1:],
        layer=layer,
        movable_mask=mask,
        config=drag_config(max_steps=max_steps),
    )
    drag = DragRun(lion, state, request)
    for _ in drag:
        pass
    return drag, drag.finish(drag.reason)


def test_a_drag_goes_on_from_where_it_was_saved(lion: Generator, state: EditState) -> None:
    request = StartDrag("edit", 0, (HANDLE,), (TARGET,), config=drag_config("draggan"))
    first = DragRun(lion, state, request)
    steps = iter(first)
    reached = [next(steps) for _ in range(6)][-1]
    saved = WORKER_CODEC.decode(
        WORKER_CODEC.encode(Envelope(JobSaved(1, first.autosave()), "worker"))
    ).message.autosave
    second = DragRun(lion, state, request, saved)
    shown = second.snapshot()()
    rest = list(second)
    assert shown.data == first.snapshot()().data
    assert rest[0].step == reached.step == 5
    assert [one.step for one in rest] == list(range(5, rest[-1].step + 1))
    assert np.allclose(rest[0].handle_points, reached.handle_points, atol=1e-4)
    assert second.reason == "arrived"
    outcome = second.finish("arrived")
    assert outcome.mean_distance < reached.mean_distance
    (drag,) = outcome.state.drags
    assert (drag.steps, drag.handle_points) == (rest[-1].step, (HANDLE,))


def array(image: Pixels) -> np.ndarray:
    return np.frombuffer(image.data, np.uint8).reshape(image.height, image.width, -1).astype(int)


def image(values: np.ndarray) -> Pixels:
    height, width, channels = values.shape
    return Pixels(width, height, channels, values.astype(np.uint8).tobytes())


def test_a_seed_is_the_picture_that_published_tools_give(lion: Generator, state: EditState) -> None:
    z = torch.from_numpy(np.random.RandomState(2).randn(1, 18))
    w_plus = lion.mapping(z, truncation_psi=0.7)
    assert state.w_plus == w_plus.numpy().astype("<f4").tobytes()
    values = lion.synthesis(w_plus)[0].permute(1, 2, 0).numpy()
    expected = np.clip(values * 127.5 + 128, 0, 255).astype(np.uint8)
    shown = array(picture(lion, state))
    assert np.abs(shown[..., :3] - expected).max() <= 1
    assert (shown[..., 3] == 255).all()
    assert EditState.from_json(state.to_json()) == state


def test_between_two_seeds_lies_what_has_a_part_of_each(lion: Generator, state: EditState) -> None:
    model = zoo.find("toy-lion")
    ends = [open_sample(lion, model, SampleSource("toy-lion", seed)) for seed in (2, 9)]
    parts = ((2, 0.25), (9, 0.75))
    mixed = open_sample(lion, model, BlendSource("toy-lion", parts))
    values = [np.frombuffer(each.start, "<f4") for each in (*ends, mixed)]
    np.testing.assert_allclose(values[2], 0.25 * values[0] + 0.75 * values[1], atol=1e-5)
    assert mixed.sample == SampleRecord(9, 0.7, parts)
    assert EditState.from_json(mixed.to_json()) == mixed
    assert picture(lion, mixed) not in [picture(lion, end) for end in ends]


def test_a_drag_from_the_sample_to_the_next_state(lion: Generator, state: EditState) -> None:
    layer = picture(lion, state)
    drag, outcome = run(lion, state, layer)
    assert drag.reason == "arrived"
    assert outcome.mean_distance <= 4
    (record,) = outcome.state.drags
    assert record.handle_points[0] == pytest.approx(HANDLE)
    assert record.final_points[0] == pytest.approx(outcome.handle_points[0])
    new = array(picture(lion, outcome.state))
    assert np.abs(array(outcome.layer) - new).max() <= 2
    assert np.abs(new - array(layer)).max() > 50
    # The next drag begins where this one ended.
    again, _ = run(lion, outcome.state, outcome.layer, points=(TARGET, HANDLE), max_steps=1)
    assert again.reason == "max-steps"


def test_without_a_layer_the_picture_is_the_layer(lion: Generator, state: EditState) -> None:
    _, outcome = run(lion, state, max_steps=2)
    assert outcome.layer == run(lion, state, picture(lion, state), max_steps=2)[1].layer


def test_outside_the_selection_bit_for_bit(lion: Generator, state: EditState) -> None:
    layer = array(picture(lion, state))
    layer[..., 3] = np.arange(SIDE)[None] // 2 + 100
    selection = 255 * below_the_eyes().numpy()[..., None]
    _, outcome = run(lion, state, image(layer), image(selection), max_steps=6)
    result = array(outcome.layer)
    outside = selection[..., 0] == 0
    assert (result[outside] == layer[outside]).all()
    assert (result[..., 3] == layer[..., 3]).all()
    assert (result[~outside] != layer[~outside]).any()


def test_a_layer_of_twice_the_size(lion: Generator, state: EditState) -> None:
    layer = array(picture(lion, state)).repeat(2, axis=0).repeat(2, axis=1)
    big = tuple((2 * x + 0.5, 2 * y + 0.5) for x, y in (HANDLE, TARGET))
    _, outcome = run(lion, state, image(layer), points=big, max_steps=8)
    assert (outcome.layer.width, outcome.layer.height) == (2 * SIDE, 2 * SIDE)
    same = run(lion, state, max_steps=8)[1]
    assert outcome.state.w_plus == same.state.w_plus
    x, y = same.handle_points[0]
    assert outcome.handle_points[0] == pytest.approx((2 * x + 0.5, 2 * y + 0.5), abs=1e-3)
    small = array(same.layer)
    shrunk = array(outcome.layer).reshape(SIDE, 2, SIDE, 2, 4).mean(axis=(1, 3))
    assert np.abs(small - shrunk).mean() < 2


def test_progress_and_previews_are_in_the_layers_pixels(lion: Generator, state: EditState) -> None:
    layer = image(array(picture(lion, state)).repeat(2, axis=0).repeat(2, axis=1))
    request = StartDrag(
        "edit",
        0,
        ((236.7, 355.1),),
        ((236.7, 387.1),),
        layer=layer,
        config=drag_config(max_steps=2),
    )
    drag = DragRun(lion, state, request)
    assert drag.snapshot()() == layer  # nothing has changed yet
    seen = list(drag)
    assert [progress.step for progress in seen] == [0, 1, 2]
    assert seen[0].handle_points[0] == pytest.approx((236.7, 355.1), abs=1e-3)
    assert seen[0].mean_distance == pytest.approx(16, abs=1e-4)
    assert seen[0].max_steps == 2
    preview = drag.snapshot()()
    assert (preview.width, preview.height) == (2 * SIDE, 2 * SIDE)
    assert preview == drag.finish(drag.reason).layer
    assert drag.reason in typing.get_args(StopReason)


def test_the_way_leads_from_the_layer_to_the_result(lion: Generator, state: EditState) -> None:
    """By the composite rule: what the mask holds is the layer's own in every picture of it."""
    layer = array(picture(lion, state))
    layer[230:250, 10:30, :3] = (30, 60, 220)
    selection = 255 * below_the_eyes().numpy()[..., None]
    request = StartDrag(
        "edit",
        0,
        (HANDLE,),
        (TARGET,),
        layer=image(layer),
        movable_mask=image(selection),
        config=drag_config(max_steps=4),
    )
    drag = DragRun(lion, state, request)
    for _ in drag:
        pass
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    way = [array(drag.on_the_way(share)) for share in shares]
    assert (way[0] == layer).all()
    assert image(way[-1]) == drag.finish(drag.reason).layer
    held = selection[..., 0] == 0
    for seen in way:
        assert (seen[held] == layer[held]).all()
    gone = [np.abs(seen - layer).mean() for seen in way]
    assert gone == sorted(gone)
    assert 0 < gone[1] < gone[-1]


def test_a_drag_can_be_left_in_the_middle(lion: Generator, state: EditState) -> None:
    request = StartDrag("edit", 0, (HANDLE,), (TARGET,))
    drag = DragRun(lion, state, request)
    for progress in drag:
        if progress.step == 1:
            break
    assert drag.reason == "stopped"
    assert drag.finish("stopped").state.drags[-1].steps == 1


def test_a_model_is_prepared_before_the_first_step(
    lion: Generator, state: EditState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "prepare", lambda generator: iter((0.25, 0.5)))
    config = drag_config(method="newton", max_steps=1)
    drag = DragRun(lion, state, StartDrag("edit", 0, (HANDLE,), (TARGET,), config=config))
    assert [(p.step, p.prepared) for p in drag] == [(0, 0.25), (0, 0.5), (0, 1.0), (1, 1.0)]


def test_a_drag_of_which_no_step_is_a_success_has_made_none(
    lion: Generator, state: EditState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PROGRESS", 0.0)
    drag = DragRun(lion, state, StartDrag("edit", 0, (HANDLE,), (TARGET,)))
    *_, last = drag
    assert last.step > 0
    assert (drag.reason, drag.steps) == ("stalled", 0)


def test_a_drag_that_stalls_says_so(
    lion: Generator, state: EditState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stall, "WINDOW", 1)  # to end at the first step that brings nothing
    config = drag_config(method="draggan")
    drag = DragRun(lion, state, StartDrag("edit", 0, (HANDLE,), (TARGET,), config=config))
    *before, last = drag
    assert drag.reason == "stalled"
    assert last.mean_distance == min(progress.mean_distance for progress in before)
    assert last.arrived == (False,)
    outcome = drag.finish(drag.reason)
    assert outcome.mean_distance == last.mean_distance
    assert outcome.state.drags[-1].steps == last.step == len(before)


def test_a_state_of_another_model_is_refused(lion: Generator, state: EditState) -> None:
    other = dataclasses.replace(state, model_sha256="0" * 64)
    with pytest.raises(BadInput, match="another version of the model “toy-lion”"):
        picture(lion, other)
    short = dataclasses.replace(state, num_ws=6, start=state.start[: 6 * 256 * 4])
    with pytest.raises(BadInput, match="6 x 256 values and the model 14 x 256"):
        picture(lion, short)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda p: np.full_like(p, 255), "painted over for the most part"),
        (lambda p: np.full_like(p[:, :200], 255), "of another shape"),
        (lambda p: p * [1, 1, 1, 0], "transparent"),
    ],
)
def test_a_layer_that_cannot_be_right_is_refused(
    lion: Generator, state: EditState, make: object, reason: str
) -> None:
    assert callable(make)
    layer = image(make(array(picture(lion, state))))
    with pytest.raises(BadInput, match=reason):
        DragRun(lion, state, StartDrag("edit", 0, (HANDLE,), (TARGET,), layer=layer))


def test_a_drag_goes_on_from_what_a_selection_left(lion: Generator, state: EditState) -> None:
    # What was held still is not what the latent shows, and still is the layer that was left.
    layer = picture(lion, state)
    mask = np.zeros((SIDE, SIDE, 1))
    mask[150:200, 90:150] = 255
    _, first = run(lion, state, layer, image(mask), max_steps=6)
    held = mask[..., 0] == 0
    shown = array(picture(lion, first.state))
    assert np.abs(shown - array(first.layer))[held].max() > 60
    run(lion, first.state, first.layer, points=(TARGET, HANDLE), max_steps=1)
    white = image(np.full_like(array(first.layer), 255))
    request = StartDrag("edit", 1, (TARGET,), (HANDLE,), layer=white)
    with pytest.raises(BadInput, match="painted over for the most part"):
        DragRun(lion, first.state, request)
    assert EditState.from_json(first.state.to_json()) == first.state


def test_paint_on_what_moves_is_told_also_when_an_earlier_drag_left_it(
    lion: Generator, state: EditState
) -> None:
    layer = array(picture(lion, state))
    assert not run(lion, state, image(layer), max_steps=4)[1].paint_replaced
    x, y = map(round, HANDLE)
    layer[y + 5 : y + 19, x - 7 : x + 7, :3] = (30, 60, 220)  # where the nose comes
    mask = np.zeros((SIDE, SIDE, 1))
    mask[:110] = 255
    ear = ((86.0, 60.0), (86.0, 72.0))
    _, first = run(lion, state, image(layer), image(mask), ear, max_steps=3)
    assert not first.paint_replaced
    _, second = run(lion, first.state, first.layer, max_steps=4)
    assert second.paint_replaced
    assert not run(lion, second.state, second.layer, max_steps=1)[1].paint_replaced


def test_a_gray_layer_stays_gray(lion: Generator, state: EditState) -> None:
    _, coloured = run(lion, state, max_steps=4)
    layer, expected = (in_gray(image) for image in (picture(lion, state), coloured.layer))
    _, outcome = run(lion, state, layer, max_steps=4)
    assert np.abs(array(outcome.layer) - array(expected)).max() <= 3
    assert (array(outcome.layer)[..., :1] == array(outcome.layer)[..., :3]).all()
    run(lion, outcome.state, outcome.layer, points=(TARGET, HANDLE), max_steps=1)


def in_gray(image: Pixels) -> Pixels:
    layer = pixels.to_tensor(image, torch.zeros(1))
    return pixels.from_tensor(pixels.with_alpha(pixels.luminance(layer[:, :3])))


def test_without_a_layer_points_and_mask_are_the_pictures(
    lion: Generator, state: EditState
) -> None:
    with pytest.raises(BadInput, match="outside the picture of 256 x 256"):
        DragRun(lion, state, StartDrag("edit", 0, ((400.0, 5.0),), (TARGET,)))
    mask = Pixels(64, 64, 1, b"\xff" * 4096)
    with pytest.raises(BadInput, match="mask is 64 x 64 pixels and the layer 256 x 256"):
        DragRun(lion, state, StartDrag("edit", 0, (HANDLE,), (TARGET,), movable_mask=mask))
