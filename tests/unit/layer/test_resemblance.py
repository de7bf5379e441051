"""Which layers are taken for what they should show, over many pictures and all kinds of edits."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from draggan_server.editing.latents import w_plus_of_sample
from draggan_server.layer import resemblance
from draggan_server.layer.pixels import as_seen, from_picture
from draggan_server.layer.resemblance import Shown, Thumbnail, check_shows, resize, shrink
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import SampleSource
from stylegan2.generator import Generator
from tests.unit.layer.alterations import HARMLESS, PAINT, RUINED, turned

SEEDS = range(100, 116)


@pytest.fixture(scope="module")
def lions(lion: Generator) -> list[np.ndarray]:
    """[256, 256, 4] each, RGBA of 8 bits."""
    pictures = []
    for seed in SEEDS:
        with torch.no_grad():
            shown = lion.synthesis(w_plus_of_sample(lion, SampleSource("toy-lion", seed)))
        colours = (from_picture(shown)[0] * 255).round().byte().permute(1, 2, 0).numpy()
        pictures.append(np.dstack([colours, np.full(colours.shape[:2], 255, np.uint8)]))
    return pictures


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.array(array)).permute(2, 0, 1)[None].float() / 255


def thumbnail(layer: torch.Tensor) -> Thumbnail:
    return shrink((layer * 255).round().to(torch.uint8))


def check(layer: np.ndarray, lion: np.ndarray) -> Shown:
    return check_shows(thumbnail(tensor(layer)), tensor(lion)[:, :3])


@pytest.fixture
def without_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing what was done takes half a second."""
    monkeypatch.setattr(resemblance, "refusal", lambda *_, **__: BadInput("It does not fit."))


@pytest.mark.parametrize("name", HARMLESS)
def test_no_layer_that_a_drag_can_live_with_is_refused(
    name: str, lions: list[np.ndarray], without_a_guess: None
) -> None:
    refused = []
    for seed, lion in zip(SEEDS, lions, strict=True):
        try:
            check(HARMLESS[name](lion), lion)
        except BadInput:
            refused.append(seed)
    assert not refused


@pytest.mark.parametrize("name", RUINED)
def test_every_layer_that_a_drag_would_ruin_is_refused(
    name: str, lions: list[np.ndarray], without_a_guess: None
) -> None:
    accepted = []
    for seed, lion in zip(SEEDS, lions, strict=True):
        with np.errstate(all="ignore"):
            layer = RUINED[name](lion)
        try:
            check(layer, lion)
            accepted.append(seed)
        except BadInput:
            pass
    assert not accepted


def test_another_lion_is_refused(lions: list[np.ndarray], without_a_guess: None) -> None:
    for one, other in itertools.pairwise(lions):
        with pytest.raises(BadInput):
            check(one, other)


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("flipped", "flipped horizontally"),
        ("upside down", "flipped vertically"),
        ("flipped, gamma 1.6", "flipped horizontally"),
        ("turned by 90 degrees", "turned by about 90°"),
        ("turned by 6 degrees, grown", "turned by about 6°"),
        ("turned by 3 degrees", "turned by about 3°"),
        ("turned by 1 degree", "turned, scaled or moved a little"),
        ("bounds grown by 22", "scaled or cropped, or been given other bounds"),
        ("cropped by 22", "scaled or cropped, or been given other bounds"),
        ("moved by 16", "moved within its bounds"),
        ("gamma 1.6", "been given other colours"),
        ("colorized", "been given other colours"),
        ("gray by value", "been given other colours"),
        ("hue by 15 degrees", "been given other colours"),
        ("white", "painted over for the most part"),
    ],
)
def test_the_refusal_says_what_was_done_and_what_to_do(
    name: str, guess: str, lions: list[np.ndarray]
) -> None:
    for lion in lions[:2]:
        with pytest.raises(BadInput) as refusal:
            check(RUINED[name](lion), lion)
        assert guess in str(refusal.value)
        assert "Undo that, drag, and do it again on the result." in str(refusal.value)


def test_a_picture_that_is_not_square(lions: list[np.ndarray], without_a_guess: None) -> None:
    tall = lions[0][:, 60:190]
    check(tall, tall)
    for layer in (tall[:, ::-1], tall[::-1], turned(6, grow=False)(tall)):
        with pytest.raises(BadInput):
            check(layer, tall)


def test_a_picture_without_shapes_must_have_the_same_colours(without_a_guess: None) -> None:
    flat = np.full((64, 64, 4), 255, np.uint8) * np.array([0.5, 0.3, 0.2, 1]).astype(np.float32)
    check(flat, flat)
    with pytest.raises(BadInput):
        check(flat + np.array([20, 0, 0, 0], np.float32), flat)


def test_an_erased_layer_is_refused(lions: list[np.ndarray]) -> None:
    with pytest.raises(BadInput, match="almost entirely transparent"):
        check(lions[0] * np.array([1, 1, 1, 0], np.uint8), lions[0])


@pytest.mark.parametrize("name", PAINT)
def test_paint_is_seen_where_it_is(name: str, lions: list[np.ndarray]) -> None:
    for lion in lions[:8]:
        layer = PAINT[name](lion)
        paint = check(layer, lion).painted[0, 0].numpy() > 0
        strong = np.abs(layer[..., :3].astype(int) - lion[..., :3]).max(axis=2) > 0
        cells = strong.reshape(64, 4, 64, 4).mean(axis=(1, 3))
        assert paint[cells == 1].mean() > 0.8
        near = np.pad(cells, 1).max() if not cells.any() else cells
        grown = np.stack([np.roll(near, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)])
        assert not paint[grown.max(axis=0) == 0].any()


def test_gray_layers_are_told(lions: list[np.ndarray]) -> None:
    assert check(HARMLESS["in a gray image"](lions[0]), lions[0]).gray
    assert not check(lions[0], lions[0]).gray


def sprite(height: int, width: int) -> torch.Tensor:
    """[1, 4, 48, 40]: a black rectangle on nothing."""
    picture = torch.zeros(1, 4, 48, 40)
    picture[:, 3, 10 : 10 + height, 8 : 8 + width] = 1
    return picture


def test_a_picture_with_alpha_is_recognised_by_its_outline() -> None:
    black = sprite(20, 22)
    check_shows(thumbnail(black), black)
    half_erased = black.clone()
    half_erased[..., 20:] = 0
    check_shows(thumbnail(half_erased), black)
    for layer in (black.roll((9, 8), (2, 3)), torch.ones_like(black)):
        with pytest.raises(BadInput, match="does not show its picture"):
            check_shows(thumbnail(layer), black)


def test_a_small_picture_on_much_transparency_is_recognised() -> None:
    small = sprite(6, 6)  # 2% of the layer
    check_shows(thumbnail(small), small)
    for layer, picture in ((small * 0, small), (small * 0, small * 0)):
        with pytest.raises(BadInput, match="almost entirely transparent"):
            check_shows(thumbnail(layer), picture)


def test_a_thumbnail_is_made_band_by_band_as_it_would_be_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = torch.Generator().manual_seed(1)
    layer = torch.randint(0, 256, (1, 4, 307, 190), generator=random).to(torch.uint8)
    monkeypatch.setattr(resemblance, "BAND_PIXELS", 1000)
    colours, alpha = shrink(layer)
    expected = resize(as_seen(layer.float() / 255), (64, 40))
    torch.testing.assert_close(alpha, expected[:, 3:], rtol=0, atol=1e-5)
    torch.testing.assert_close(colours * alpha, expected[:, :3], rtol=0, atol=1e-5)
