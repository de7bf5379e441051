"""Drags that are over: kept exactly enough, shown small, and gone back to."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from draggan_server.editing import latents
from draggan_server.editing.canvas import DragOutcome
from draggan_server.editing.edit import DragRun, picture
from draggan_server.editing.history import go_to, pack_mask, shown_at, thumbnails
from draggan_server.editing.rendering import render
from draggan_server.layer import pixels
from draggan_server.layer.resemblance import resize
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.drag_record import MAX_MASK_BYTES
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    THUMBNAIL_SIDE,
    BlendSource,
    Pixels,
    SampleSource,
    StartDrag,
)
from draggan_server.wire.state import EditState, Point
from draggan_server.worker.engine import EditingEngine
from stylegan2.generator import Generator
from tests.unit.editing.lion import HANDLE, SIDE, TARGET, below_the_eyes

pytestmark = pytest.mark.slow

EAR, OUT = (70.0, 60.0), (58.0, 48.0)
OPEN, TONGUE = (118.1, 215.0), (116, 188)


def drag(
    lion: Generator,
    state: EditState,
    layer: Pixels,
    points: tuple[Point, Point],
    mask: np.ndarray | None = None,
    max_steps: int = 3,
    method: str = "newton",
) -> DragOutcome:
    movable = None if mask is None else image(mask[..., None])
    config = drag_config(max_steps=max_steps, method=method)
    request = StartDrag(
        "edit", 0, points[:1], points[1:], config=config, layer=layer, movable_mask=movable
    )
    run = DragRun(lion, state, request)
    for _ in run:
        pass
    return run.finish(run.reason)


def is_blue(layer: np.ndarray) -> np.ndarray:
    return layer[..., 2] - layer[..., 0] > 90


def array(pixels: Pixels) -> np.ndarray:
    return np.frombuffer(pixels.data, np.uint8).reshape(pixels.height, pixels.width, -1).astype(int)


def image(values: np.ndarray) -> Pixels:
    height, width, channels = values.shape
    return Pixels(width, height, channels, values.astype(np.uint8).tobytes())


def around(point: Point, radius: int) -> np.ndarray:
    """[SIDE, SIDE]: 255 in a disc."""
    y, x = np.mgrid[:SIDE, :SIDE]
    return 255 * ((x - point[0]) ** 2 + (y - point[1]) ** 2 < radius**2)


@pytest.fixture(scope="module")
def outcomes(lion: Generator, state: EditState) -> list[DragOutcome]:
    """Four drags, each from where the one before ended: the second and third with a mask."""
    plan = [
        ((HANDLE, TARGET), None),
        (((128.0, 150.0), (136.0, 150.0)), 255 * below_the_eyes().numpy()),
        ((EAR, OUT), around(EAR, 45)),
        ((TARGET, HANDLE), None),
    ]
    layer, found = picture(lion, state), []
    for points, mask in plan:
        outcome = drag(lion, state, layer, points, mask)
        state, layer = outcome.state, outcome.layer
        found.append(outcome)
    return found


class TestChanges:
    def test_what_is_kept_of_a_drag_does_not_show(self, lion: Generator, state: EditState) -> None:
        """Random drags by every method: no picture differs by more than the last of 256 steps,
        where rounding falls to the other side; and the latent takes two bytes a value."""
        random = np.random.default_rng(5)
        for method, steps in (("newton", 2), ("newton", 6), ("draggan", 12), ("freedrag", 12)):
            handle = tuple(random.uniform(70, 186, 2))
            target = tuple(handle + random.uniform(-40, 40, 2))
            request = StartDrag(
                "edit", 0, (handle,), (target,), config=drag_config(method, max_steps=steps)
            )
            run = DragRun(lion, state, request)
            for _ in run:
                pass
            exact = run._last.w_plus
            outcome = run.finish(run.reason)
            (record,) = outcome.state.drags
            assert record.change.bits == 16
            assert record.change.rows
            kept = latents.w_plus_of_state(lion, outcome.state)
            assert not torch.equal(kept, exact)
            difference = 255 * (render(lion, exact) - render(lion, kept)).abs()
            assert difference.max() < 1.01
            assert difference.mean() < 0.05

    def test_rows_that_did_not_move_are_not_kept(self, lion: Generator, state: EditState) -> None:
        before = latents.w_plus_of_state(lion, state)
        after = before.clone()
        after[0, 2:4] += 0.1
        change = latents.change_between(before, after)
        assert change.rows == (2, 3)
        assert len(change.values) == 2 * 2 * lion.w_dim
        assert latents.change_between(before, before).rows == ()

    @pytest.mark.parametrize("scale", [1e6, 1e-7])
    def test_what_half_floats_cannot_say_is_kept_in_whole_ones(self, scale: float) -> None:
        before = torch.zeros(1, 3, 8)
        after = torch.zeros(1, 3, 8)
        after[0, 1] = scale * torch.linspace(0.1, 1, 8)
        change = latents.change_between(before, after)
        assert (change.rows, change.bits) == ((1,), 32)
        assert torch.equal(latents.as_kept(before, after), after)

    def test_each_drag_ends_at_what_its_place_in_the_history_says(
        self, outcomes: list[DragOutcome]
    ) -> None:
        last = EditState.from_json(outcomes[-1].state.to_json())
        assert last.position == len(last.drags) == 4
        for position, outcome in enumerate(outcomes, start=1):
            assert last.w_plus_at(position) == outcome.state.w_plus


class TestGoing:
    @pytest.mark.parametrize(("now", "then"), [*itertools.permutations(range(1, 5), 2)])
    def test_the_layer_is_as_that_drag_left_it(
        self, lion: Generator, outcomes: list[DragOutcome], now: int, then: int
    ) -> None:
        """Whatever the masks of the drags between, and forwards, too."""
        state = dataclasses.replace(
            outcomes[-1].state, position=now, left=outcomes[now - 1].state.left
        )
        moment = go_to(lion, state, then, outcomes[now - 1].layer)
        off = np.abs(array(moment.layer) - array(outcomes[then - 1].layer))
        assert off.max() <= 2
        assert off.mean() < 0.05
        assert moment.state.position == then
        assert moment.state.w_plus == outcomes[then - 1].state.w_plus
        assert not moment.paint_replaced

    def test_going_back_leads_before_all_drags(
        self, lion: Generator, state: EditState, outcomes: list[DragOutcome]
    ) -> None:
        moment = go_to(lion, outcomes[-1].state, 0, outcomes[-1].layer)
        sample = array(picture(lion, state))
        assert np.abs(array(moment.layer) - sample).max() <= 2
        assert moment.state.w_plus == state.start
        again = go_to(lion, moment.state, 4, moment.layer)
        assert np.abs(array(again.layer) - array(outcomes[-1].layer)).max() <= 3

    def test_what_the_drags_between_did_not_touch_stays_bit_for_bit(
        self, lion: Generator, outcomes: list[DragOutcome]
    ) -> None:
        layer = array(outcomes[2].layer)
        layer[190:230, 150:190, :3] = (30, 60, 220)  # paint, far from the ear
        layer[..., 3] = 100 + np.arange(SIDE) // 2
        moment = go_to(lion, outcomes[2].state, 2, image(layer))
        held = around(EAR, 45) == 0
        result = array(moment.layer)
        assert (result[held] == layer[held]).all()
        assert (result[~held] != layer[~held]).any()
        assert not moment.paint_replaced

    def test_paint_on_what_changes_is_replaced_and_told(
        self, lion: Generator, state: EditState
    ) -> None:
        mouth = 255 * below_the_eyes().numpy()
        opened = drag(lion, state, picture(lion, state), (HANDLE, OPEN), mouth, max_steps=30)
        layer = array(opened.layer)
        x, y = TONGUE
        layer[y - 6 : y + 6, x - 5 : x + 5, :3] = (30, 60, 220)  # in the mouth, which shuts
        moment = go_to(lion, opened.state, 0, image(layer))
        assert moment.paint_replaced
        assert is_blue(array(moment.layer)).sum() < 0.5 * is_blue(layer).sum()

    def test_paint_that_goes_along_is_not_told_to_be_replaced(
        self, lion: Generator, outcomes: list[DragOutcome]
    ) -> None:
        layer = array(outcomes[0].layer)
        layer[150:162, 111:123, :3] = (30, 60, 220)  # on the bridge of the nose
        moment = go_to(lion, outcomes[0].state, 0, image(layer))
        assert not moment.paint_replaced
        assert is_blue(array(moment.layer)).sum() > 0.8 * is_blue(layer).sum()

    def test_a_layer_of_twice_the_size(self, lion: Generator, outcomes: list[DragOutcome]) -> None:
        big = image(array(outcomes[0].layer).repeat(2, axis=0).repeat(2, axis=1))
        moment = go_to(lion, outcomes[0].state, 0, big)
        shrunk = array(moment.layer).reshape(SIDE, 2, SIDE, 2, 4).mean(axis=(1, 3))
        start = 255 * shown_at(lion, outcomes[0].state, 0)[0].permute(1, 2, 0).numpy()
        assert np.abs(shrunk[..., :3] - start).mean() < 2

    def test_without_a_layer_the_picture_is_the_layer(
        self, lion: Generator, outcomes: list[DragOutcome]
    ) -> None:
        moment = go_to(lion, outcomes[-1].state, 2, None)
        assert np.abs(array(moment.layer) - array(outcomes[1].layer)).max() <= 2

    def test_a_drag_from_there_drags_what_is_seen(
        self, lion: Generator, outcomes: list[DragOutcome]
    ) -> None:
        moment = go_to(lion, outcomes[-1].state, 1, outcomes[-1].layer)
        outcome = drag(lion, moment.state, moment.layer, (TARGET, (130.0, 190.0)))
        assert len(outcome.state.drags) == outcome.state.position == 2
        assert outcome.state.drags[0] == outcomes[0].state.drags[0]
        direct = drag(lion, outcomes[0].state, outcomes[0].layer, (TARGET, (130.0, 190.0)))
        assert outcome.state.w_plus == direct.state.w_plus

    def test_what_cannot_be_gone_to_is_said(
        self, lion: Generator, outcomes: list[DragOutcome]
    ) -> None:
        state, layer = outcomes[1].state, outcomes[1].layer
        with pytest.raises(BadInput, match=r"no drag 3\. Give a number from 0, .*, to 2\."):
            go_to(lion, state, 3, layer)
        white = np.full_like(array(layer), 255)
        with pytest.raises(BadInput, match="painted over for the most part"):
            go_to(lion, state, 0, image(white))
        with pytest.raises(BadInput, match="of another shape"):
            go_to(lion, state, 0, image(white[:, :200]))
        other = dataclasses.replace(state, model_sha256="0" * 64)
        with pytest.raises(BadInput, match="another version of the model"):
            go_to(lion, other, 0, layer)


def test_thumbnails_look_as_the_pictures_do(lion: Generator, outcomes: list[DragOutcome]) -> None:
    state = outcomes[-1].state
    sheet = thumbnails(lion, state)
    assert (sheet.width, sheet.height) == (THUMBNAIL_SIDE, 5 * THUMBNAIL_SIDE)
    squares = array(sheet).reshape(5, THUMBNAIL_SIDE, THUMBNAIL_SIDE, 4)
    assert (squares[..., 3] == 255).all()
    for position, square in enumerate(squares):
        whole = render(lion, latents.w_plus_of_state(lion, state, position))
        small = 255 * resize(whole, (THUMBNAIL_SIDE, THUMBNAIL_SIDE))[0].permute(1, 2, 0).numpy()
        psnr = 20 * np.log10(255) - 10 * np.log10(((square[..., :3] - small) ** 2).mean())
        assert psnr > 31


def test_samples_look_as_their_pictures_do(lion: Generator) -> None:
    engine = EditingEngine()
    sources = (SampleSource("toy-lion", 3), BlendSource("toy-lion", ((3, 0.6), (8, 0.4))))
    squares = array(engine.samples(sources)).reshape(2, THUMBNAIL_SIDE, THUMBNAIL_SIDE, 4)
    for source, square in zip(sources, squares, strict=True):
        whole = render(lion, latents.w_plus_of_sample(lion, source))
        small = 255 * resize(whole, (THUMBNAIL_SIDE, THUMBNAIL_SIDE))[0].permute(1, 2, 0).numpy()
        psnr = 20 * np.log10(255) - 10 * np.log10(((square[..., :3] - small) ** 2).mean())
        assert psnr > 31


def test_a_mask_that_takes_too_much_room_is_kept_smaller() -> None:
    noise = torch.rand(512, 512, generator=torch.Generator().manual_seed(1))
    packed = pack_mask(noise)
    assert packed.width == packed.height == 256
    assert len(packed.packed) <= MAX_MASK_BYTES
    exact = pack_mask(torch.eye(512))
    assert pixels.as_bytes(Pixels(512, 512, 1, exact.data())).sum() == 255 * 512
