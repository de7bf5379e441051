"""Generators of gray pictures and of pictures with alpha, from a state to a dragged layer."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pytest
import torch

import stylegan2
from draggan_server.editing.edit import DragRun, open_sample, picture
from draggan_server.editing.methods import METHODS
from draggan_server.editing.preparation import picture_metric
from draggan_server.models import zoo
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.messages import Pixels, SampleSource, StartDrag
from draggan_server.wire.state import EditState
from stylegan2.generator import Generator
from tests.colour_models import SIDE, geometry, tensors, write_model

POINTS = (((16.0, 16.0),), ((16.0, 24.0),))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Generator]:
    folder = tmp_path_factory.mktemp("models")

    @functools.cache
    def load(img_channels: int) -> Generator:
        path = folder / f"{img_channels}.safetensors"
        write_model(path, img_channels)
        return stylegan2.load_generator(path)

    return load


def state_of(generator: Generator) -> EditState:
    assert generator.path is not None
    return open_sample(generator, zoo.find(generator.path), SampleSource("small", 0))


def array(image: Pixels) -> np.ndarray:
    return np.frombuffer(image.data, np.uint8).reshape(image.height, image.width, 4).astype(int)


def seen(image: Pixels) -> np.ndarray:
    """Colours premultiplied, and alpha."""
    values = array(image)
    return np.concatenate([values[..., :3] * values[..., 3:] // 255, values[..., 3:]], axis=2)


@pytest.mark.parametrize("img_channels", [1, 3, 4])
def test_a_picture_shows_what_is_synthesised(
    small: Callable[[int], Generator], img_channels: int
) -> None:
    generator = small(img_channels)
    state = state_of(generator)
    w_plus = torch.from_numpy(np.frombuffer(state.w_plus, "<f4").copy())
    values = generator.synthesis(w_plus.view(1, generator.num_ws, generator.w_dim))[0]
    expected = ((values + 1) * 127.5).clamp(0, 255).round().permute(1, 2, 0).numpy().astype(int)
    shown = array(picture(generator, state))
    if img_channels < 4:
        expected = np.broadcast_to(expected, (SIDE, SIDE, 3))
        assert (shown[..., 3] == 255).all()
    assert np.abs(shown[..., : expected.shape[2]] - expected).max() <= 1
    assert np.ptp(shown[..., 0]) > 100


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("img_channels", [1, 4])
def test_a_dragged_layer_shows_the_new_state(
    small: Callable[[int], Generator], img_channels: int, method: str
) -> None:
    generator = small(img_channels)
    state = state_of(generator)
    layer = picture(generator, state)
    config = drag_config(method=method, max_steps=3)
    run = DragRun(generator, state, StartDrag("edit", 0, *POINTS, layer=layer, config=config))
    assert run.snapshot()() == layer
    for _ in run:
        pass
    outcome = run.finish(run.reason)
    result, expected = outcome.layer, picture(generator, outcome.state)
    assert np.abs(seen(result) - seen(expected)).max() <= 2
    assert np.abs(seen(result) - seen(layer)).max() > 5
    if img_channels == 1:
        values = array(result)
        assert (values[..., :3] == values[..., :1]).all()
        assert (values[..., 3] == 255).all()
    else:
        assert np.ptp(array(result)[..., 3]) > 100


def test_a_colour_on_a_gray_layer_stays_where_nothing_moves(
    small: Callable[[int], Generator],
) -> None:
    generator = small(1)
    state = state_of(generator)
    painted = array(picture(generator, state))
    painted[40:, :, 0] = 255 - painted[40:, :, 0]
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:32] = 255
    request = StartDrag(
        "edit",
        0,
        ((16.0, 8.0),),
        ((40.0, 16.0),),
        layer=Pixels(SIDE, SIDE, 4, painted.astype(np.uint8).tobytes()),
        movable_mask=Pixels(SIDE, SIDE, 1, mask.tobytes()),
        config=drag_config(max_steps=2),
    )
    run = DragRun(generator, state, request)
    for _ in run:
        pass
    assert (array(run.finish(run.reason).layer)[32:] == painted[32:]).all()


@pytest.mark.parametrize(("alpha", "counts"), [(-1e6, False), (0.0, True)])
def test_what_is_transparent_does_not_count_as_a_change(alpha: float, counts: bool) -> None:
    weights = tensors(4)
    weights[f"synthesis.b{SIDE}.torgb.bias"][3] = alpha
    generator = Generator.from_tensors(geometry(4), weights)
    assert bool(picture_metric(generator).any()) is counts
