"""Edits by a diffusion model, as the worker's engine does them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from draggan_server.diffusion.drag import settings_for
from draggan_server.wire.drag_config import DragConfig, DragdiffusionConfig, drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import PhotoSource, Pixels, SampleSource, StartDrag
from draggan_server.wire.state import EditState
from draggan_server.worker.engine import EditingEngine

CONFIG = DragdiffusionConfig(max_steps=3, lora_steps=2, noise=0.1)
WIDTH, HEIGHT = 60, 44
HANDLE, TARGET = (20.0, 20.0), (30.0, 24.0)


@pytest.fixture(scope="module")
def engine() -> EditingEngine:
    return EditingEngine()


@pytest.fixture(scope="module")
def photo() -> Pixels:
    """Blobs and grain: the model is of 32 pixels, so that grain is detail that it does not show."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    random = np.random.default_rng(0)
    values = np.full((HEIGHT, WIDTH, 4), 255.0)
    values[..., 0] = 128 + 100 * np.sin(x / 6)
    values[..., 1] = 128 + 100 * np.cos(y / 7)
    values[..., 2] = 60
    values[..., :3] += random.normal(0, 6, (HEIGHT, WIDTH, 1))
    return Pixels(WIDTH, HEIGHT, 4, values.clip(0, 255).astype(np.uint8).tobytes())


@pytest.fixture(scope="module")
def mask() -> Pixels:
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[8:36, 8:48] = 255
    return Pixels(WIDTH, HEIGHT, 1, values.tobytes())


@pytest.fixture(scope="module")
def opened(engine: EditingEngine, photo: Pixels, pixel_folder: Path) -> EditState:
    opening = engine.open_photo(PhotoSource(str(pixel_folder), photo))
    shares = [progress.share for progress in opening.run(lambda: False)]
    assert shares == [1.0]
    return opening.finish()


def request(photo: Pixels, mask: Pixels | None, config: DragConfig = CONFIG) -> StartDrag:
    return StartDrag("edit", 0, (HANDLE,), (TARGET,), config, movable_mask=mask, layer=photo)


def array(pixels: Pixels) -> np.ndarray:  # type: ignore[type-arg]
    return np.frombuffer(pixels.data, np.uint8).reshape(pixels.height, pixels.width, -1)


def test_a_photo_is_shown_as_it_is(opened: EditState, photo: Pixels, engine: EditingEngine) -> None:
    record = opened.photo
    assert record is not None
    assert record.psnr > 40  # this model works on the pixels, so nothing but 8 bits is lost
    assert record.explained == pytest.approx(1, abs=1e-3)
    assert record.in_the_world
    shown = array(engine.picture(opened)).astype(float)
    assert shown.shape == (HEIGHT, WIDTH, 4)
    inside = (slice(4, -4), slice(4, -4), slice(3))
    assert np.abs(shown - array(photo))[inside].mean() < 10  # grain, and half the pixels
    assert EditState.from_json(opened.to_json()) == opened
    assert opened.any_picture


def test_a_drag_changes_what_may_and_nothing_else(
    engine: EditingEngine, opened: EditState, photo: Pixels, mask: Pixels
) -> None:
    run = engine.drag(opened, request(photo, mask))
    seen = list(run)
    prepared = [progress.prepared for progress in seen if progress.step == 0]
    assert prepared == sorted(prepared)
    assert prepared[-1] == 1
    assert all(share < 1 for share in prepared[:-1])
    assert [progress.step for progress in seen if progress.prepared == 1] == [0, 1, 2, 3]
    assert seen[-1].max_steps == 3
    assert run.reason == "max-steps"
    outcome = run.finish(run.reason)
    before, after = array(photo), array(outcome.layer)
    held = array(mask)[..., 0] == 0
    assert np.array_equal(before[held], after[held])
    assert (before != after)[~held].any()
    record = outcome.state.drags[-1]
    assert (record.method, record.steps) == ("dragdiffusion", 3)
    assert record.mask is not None


def test_equal_drags_give_equal_layers_whether_or_not_the_lora_is_known(
    opened: EditState, photo: Pixels, mask: Pixels, engine: EditingEngine
) -> None:
    def dragged(by: EditingEngine) -> Pixels:
        run = by.drag(opened, request(photo, mask))
        list(run)
        return run.finish("max-steps").layer

    assert dragged(EditingEngine()) == dragged(engine)


def test_a_lora_is_skipped_where_it_has_no_steps(
    engine: EditingEngine, opened: EditState, photo: Pixels
) -> None:
    run = engine.drag(opened, request(photo, None, replace(CONFIG, lora_steps=0)))
    assert len([progress for progress in run if progress.prepared < 1]) == 1 + 5
    state = run.finish("max-steps").state
    assert (state.position, state.any_picture) == (1, True)


def test_its_drags_are_gone_back_to_bit_for_bit_and_forward_again(
    engine: EditingEngine, opened: EditState, photo: Pixels
) -> None:
    run = engine.drag(opened, request(photo, None))
    list(run)
    done = run.finish("max-steps")
    again = engine.drag(done.state, request(done.layer, None))
    list(again)
    twice = again.finish("max-steps")
    assert len(twice.state.drags) == 2
    sheet = engine.thumbnails(twice.state)
    assert sheet.height == 3 * sheet.width
    back = engine.go_to(twice.state, 0, twice.layer)
    assert back.layer == photo
    forth = engine.go_to(back.state, 1, back.layer)
    assert forth.layer == done.layer


def test_a_stopped_drag_keeps_what_it_reached_and_goes_on_from_an_autosave(
    engine: EditingEngine, opened: EditState, photo: Pixels, mask: Pixels
) -> None:
    whole = engine.drag(opened, request(photo, mask))
    list(whole)
    run = engine.drag(opened, request(photo, mask))
    for progress in run:
        if progress.step == 2:
            break
    saved = run.autosave()
    assert saved.step == 2
    assert run.snapshot()() != photo
    stopped = run.finish("stopped")
    assert stopped.state.drags[-1].steps == 2
    resumed = engine.drag(opened, request(photo, mask), saved)
    steps = [progress.step for progress in resumed if progress.prepared == 1]
    assert steps == [2, 3]
    assert resumed.finish("max-steps").state.drags[-1].steps == 3


def test_one_that_is_stopped_before_its_first_step_changes_nothing(
    engine: EditingEngine, opened: EditState, photo: Pixels
) -> None:
    run = engine.drag(opened, request(photo, None))
    next(iter(run))
    assert run.steps == 0
    assert run.on_the_way(0.5) == photo
    assert run.finish("stopped").layer == photo


def test_its_way_leads_from_the_layer_to_the_result(
    engine: EditingEngine, opened: EditState, photo: Pixels
) -> None:
    run = engine.drag(opened, request(photo, None))
    list(run)
    ends = [array(run.on_the_way(share)).astype(int) for share in (0.0, 1.0)]
    result = array(run.finish("max-steps").layer)
    assert np.array_equal(ends[1], result)
    assert np.abs(ends[0] - array(photo)).mean() < np.abs(ends[1] - array(photo)).mean()


def test_what_a_client_asks_by_default_is_the_models_own_method() -> None:
    assert settings_for(drag_config()) == DragdiffusionConfig()
    assert settings_for(drag_config(max_steps=7)).max_steps == 7
    assert settings_for(CONFIG) is CONFIG
    with pytest.raises(BadInput, match="draggan is for generators, and this is a diffusion model"):
        settings_for(drag_config("draggan"))


def test_what_it_cannot_do_is_refused(
    engine: EditingEngine, opened: EditState, photo: Pixels, pixel_folder: Path
) -> None:
    with pytest.raises(BadInput, match="and draws none"):
        engine.open_sample(SampleSource(str(pixel_folder), 1))
    with pytest.raises(BadInput, match="too long to follow the hand: set points"):
        engine.live(opened, replace(request(photo, None, drag_config()), live=True))
    clear = Pixels(32, 32, 4, bytes(32 * 32 * 4))
    with pytest.raises(BadInput, match="transparent"):
        engine.open_photo(PhotoSource(str(pixel_folder), clear))
    lion = engine.open_sample(SampleSource("toy-lion", 1))
    at_eye = StartDrag("edit", 0, ((100.0, 100.0),), ((110.0, 100.0),), CONFIG)
    with pytest.raises(BadInput, match="dragdiffusion is for diffusion models, and this is none"):
        engine.drag(lion, at_eye)


def test_there_is_nothing_to_learn_of_it_meanwhile(pixel_folder: Path, photo: Pixels) -> None:
    engine = EditingEngine()
    engine.open_photo(PhotoSource(str(pixel_folder), photo))
    assert engine.learn() is None
    assert torch.is_grad_enabled()
