"""The composite rule, and where a picture lies on a layer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from draggan_server.bench.carrying.held import changed_outside
from draggan_server.layer import compositing, pixels
from draggan_server.layer.compositing import Composite
from draggan_server.layer.motion import Motion
from draggan_server.layer.pixels import as_seen
from draggan_server.layer.placement import Placement
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels

SIZE = (48, 40)
SAME = Placement(SIZE, SIZE)


def eight_bit(seed: int, *shape: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, shape, generator=random).to(torch.float32) / 255


def smooth(seed: int) -> torch.Tensor:
    """[1, 3, h, w] with shapes of several pixels, at the steps of 8 bits."""
    coarse = eight_bit(seed, 1, 3, 6, 5)
    return (torch.nn.functional.interpolate(coarse, SIZE, mode="bicubic") * 255).clamp(
        0, 255
    ).round() / 255


def moved(picture: torch.Tensor) -> torch.Tensor:
    """The picture with its middle changed by anything from nothing to a lot."""
    after = picture.clone()
    rise = torch.linspace(0, 1, 20)
    after[..., 10:30, 10:30] = (after[..., 10:30, 10:30] + rise).clamp(0, 1)
    return (after * 255).round() / 255


def with_alpha(colours: torch.Tensor, alpha: torch.Tensor | None = None) -> torch.Tensor:
    return torch.cat([colours, torch.ones_like(colours[:, :1]) if alpha is None else alpha], dim=1)


def with_own_alpha(seed: int) -> torch.Tensor:
    """RGBA as a generator makes it: [1, 4, h, w], parts of it transparent."""
    return torch.cat([smooth(seed), (smooth(seed + 7)[:, :1] * 2 - 0.5).clamp(0, 1)], dim=1)


def straight(seen: torch.Tensor) -> torch.Tensor:
    """Premultiplied RGBA as a layer holds it."""
    colours, alpha = seen[:, :3], seen[:, 3:]
    return torch.cat([(colours / alpha.clamp(min=1e-6)).clamp(0, 1), alpha], dim=1)


def composite(
    placement: Placement,
    layer: torch.Tensor,
    before: torch.Tensor,
    mask: torch.Tensor | None,
    after: torch.Tensor,
    motion: Motion | None = None,
) -> torch.Tensor:
    """The result, in [0, 1]."""
    whole, movable = (
        None if image is None else (image * 255).round().to(torch.uint8) for image in (layer, mask)
    )
    assert whole is not None
    return Composite(placement, whole, before, movable).apply(after, motion).float() / 255


def scaled(placement: Placement, image: torch.Tensor) -> torch.Tensor:
    """An image of the picture's size at the layer's, in [0, 1]."""
    return placement.image_to_layer(image).rows(slice(None))[None].clamp(0, 1)


def steps(a: torch.Tensor, b: torch.Tensor) -> float:
    """Largest difference in steps of 8 bits."""
    return float((a - b).abs().max() * 255)


@given(seed=st.integers(0, 1000), scale=st.sampled_from([1, 2]), hard=st.booleans())
@settings(max_examples=30, deadline=None)
def test_outside_the_mask_nothing_changes(seed: int, scale: int, hard: bool) -> None:
    size = (SIZE[0] * scale, SIZE[1] * scale)
    layer = eight_bit(seed, 1, 4, *size)
    mask = eight_bit(seed + 1, 1, 1, *size) if not hard else torch.zeros(1, 1, *size)
    mask[..., : size[0] // 2, 5:] = 1
    mask[..., :, : size[1] // 4] = 0
    before = smooth(seed)
    result = composite(Placement(size, SIZE), layer, before, mask, after=1 - before)
    kept = pixels.from_tensor(result).data
    original = pixels.from_tensor(layer).data
    held = (mask[0, 0] == 0).flatten()
    for channel in range(4):
        a, b = (torch.tensor(list(data[channel::4])) for data in (kept, original))
        assert torch.equal(a[held], b[held])
    assert kept != original


def test_where_alpha_is_made_nothing_outside_the_mask_changes() -> None:
    layer, before, after = eight_bit(3, 1, 4, *SIZE), with_own_alpha(1), with_own_alpha(2)
    layer[..., 30:, :20] = eight_bit(4, 1, 4, 18, 20) * torch.tensor([1, 1, 1, 0])[:, None, None]
    mask = torch.zeros(1, 1, *SIZE)
    mask[..., :20, :] = 1
    result = composite(SAME, layer, before, mask, after=after)
    held, movable = ((mask[0, 0] == value).expand(4, -1, -1) for value in (0, 1))
    assert steps(result[0][held], layer[0][held]) < 0.01
    assert steps(result[0][movable], layer[0][movable]) > 100


@given(seed=st.integers(0, 1000), size=st.sampled_from([SIZE, (96, 80)]))
@settings(max_examples=30, deadline=None)
def test_alpha_that_is_made_follows_the_picture(seed: int, size: tuple[int, int]) -> None:
    """The result looks as the new picture, on any ground."""
    before, after = with_own_alpha(seed), with_own_alpha(seed + 1)
    placement = Placement(size, SIZE)
    layer, expected = (scaled(placement, as_seen(image)) for image in (before, after))
    shown = composite(placement, straight(layer), before, None, after=after)
    off = (as_seen(shown) - expected).abs()
    assert float(off.max()) < (2 / 255 if size == SIZE else 0.3)
    assert float(off.mean()) < (0.5 / 255 if size == SIZE else 0.01)


def test_no_colour_comes_out_from_under_what_was_transparent() -> None:
    """White on transparent green moves by 8 pixels: nothing turns green."""
    before = torch.zeros(1, 4, *SIZE)
    before[:, 1] = 1
    after = before.clone()
    before[..., 10:30, 8:20], after[..., 10:30, 16:28] = 1, 1
    for size in (SIZE, (96, 80)):
        placement = Placement(size, SIZE)
        layer = straight(scaled(placement, as_seen(before)))
        result = as_seen(composite(placement, layer, before, None, after=after))
        assert steps(result[:, :3], result[:, 3:].expand(-1, 3, -1, -1)) < 1
        assert result[:, 3].mean() == pytest.approx(float(after[:, 3].mean()), rel=0.05)


def test_a_change_under_transparency_is_none() -> None:
    before, after = with_own_alpha(1), with_own_alpha(1)
    before[:, 3], after[:, 3] = 0, 0
    after[:, :3] = 1 - before[:, :3]
    layer = eight_bit(5, 1, 4, *SIZE)
    assert steps(composite(SAME, layer, before, None, after=after), layer) < 0.01


@pytest.mark.parametrize("size", [SIZE, (150, 125), (31, 26)])
@pytest.mark.parametrize("made", [smooth, with_own_alpha])
def test_bands_give_what_the_whole_layer_gives(
    size: tuple[int, int],
    made: Callable[[int], torch.Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    placement = Placement(size, SIZE)
    layer, mask = eight_bit(3, 1, 4, *size), eight_bit(4, 1, 1, *size)
    whole = composite(placement, layer, made(1), mask, after=made(2))
    monkeypatch.setattr(compositing, "BAND_PIXELS", 7 * size[1])
    banded = composite(placement, layer, made(1), mask, after=made(2))
    assert steps(whole, banded) < 1.01
    assert (whole != banded).float().mean() < 0.001
    upscaled = torch.nn.functional.interpolate(made(1), size, mode="bicubic", antialias=True)
    assert steps(scaled(placement, made(1)), upscaled.clamp(0, 1)) < 0.01


def test_alpha_is_the_layers_own() -> None:
    layer = eight_bit(3, 1, 4, *SIZE)
    result = composite(SAME, layer, smooth(1), None, after=smooth(2))
    assert torch.equal(result[:, 3:], layer[:, 3:])


def test_an_unchanged_picture_leaves_every_pixel() -> None:
    layer = eight_bit(4, 1, 4, *SIZE)
    assert torch.equal(composite(SAME, layer, smooth(1), None, after=smooth(1)), layer)


def test_detail_that_did_not_move_stays() -> None:
    before = smooth(5)
    painted = with_alpha(before.clone())
    painted[:, :3, 36:44, 5:30] = 0.0  # a moustache that the generator knows nothing of
    result = composite(SAME, painted, before, None, after=moved(before))
    assert torch.equal(result[..., 34:, :], painted[..., 34:, :])
    assert not torch.equal(result[..., 10:30, 24:28], painted[..., 10:30, 24:28])


def test_a_shift_of_colour_keeps_the_layers_detail() -> None:
    before = (smooth(6) * 0.5 * 255).round() / 255
    grain = torch.rand(1, 3, *SIZE, generator=torch.Generator().manual_seed(0)) * 0.2
    layer = with_alpha(((before + grain).clamp(0, 1) * 255).round() / 255)
    result = composite(SAME, layer, before, None, after=before + 4 / 255)
    torch.testing.assert_close(result[:, :3], layer[:, :3] + 4 / 255, rtol=0, atol=1e-6)


@given(seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_on_the_generators_own_picture_the_result_is_the_new_one(seed: int) -> None:
    before = smooth(seed)
    after = moved(before)
    result = composite(SAME, with_alpha(before), before, None, after=after)[:, :3]
    assert steps(result, after) <= 2


def test_inside_a_mask_the_new_picture_comes_softly() -> None:
    before, after = torch.zeros(1, 3, *SIZE), torch.ones(1, 3, *SIZE)
    mask = torch.zeros(1, 1, *SIZE)
    mask[..., 10:40, 10:30] = 1
    result = composite(SAME, with_alpha(before), before, mask, after=after)[0, 0]
    across = result[25, 9:20]
    assert across[0] == 0
    assert across[-1] == 1
    assert (across.diff() >= 0).all()
    assert 0 < across[1] < 1


def test_a_thin_mask_still_lets_something_through() -> None:
    before, after = torch.zeros(1, 3, *SIZE), torch.ones(1, 3, *SIZE)
    mask = torch.zeros(1, 1, *SIZE)
    mask[..., 20:22, :] = 1
    result = composite(SAME, with_alpha(before), before, mask, after=after)[0, 0]
    assert (result[20:22] == 1).all()


def test_points_map_between_layer_and_picture_by_pixel_areas() -> None:
    placement = Placement((256, 512), (128, 256))
    # The picture's first pixel covers the layer's first two: its centre lies between theirs.
    assert placement.to_picture(((0.5, 0.5),)).tolist() == [[0, 0]]
    assert placement.to_layer(torch.tensor([[255.0, 127.0]])) == ((510.5, 254.5),)
    points = ((3.25, 7.5), (511.5, -0.5))
    assert placement.to_layer(placement.to_picture(points)) == points


@pytest.mark.parametrize("layer", [(128, 100), (64, 128), (1000, 128)])
def test_a_layer_of_another_shape_is_refused(layer: tuple[int, int]) -> None:
    with pytest.raises(BadInput, match="of another shape"):
        Placement(layer, (128, 128))


def test_a_layer_scaled_to_whole_pixels_is_accepted() -> None:
    Placement((301, 300), (128, 128))


def test_pixels_round_trip() -> None:
    data = bytes(range(256)) * 3 + bytes(range(32))
    image = Pixels(width=20, height=10, channels=4, data=data)
    assert pixels.from_tensor(pixels.to_tensor(image, torch.zeros(1))) == image


def moving(x: float, y: float) -> Motion:
    """All of the picture by so many pixels, surely."""
    back = torch.tensor([-float(x), -float(y)]).view(1, 2, 1, 1).expand(1, 2, *SIZE).clone()
    everywhere = torch.ones(1, 1, *SIZE)
    return Motion(back, everywhere, everywhere, everywhere)


def shape_at(x: int, value: float = 0.8, ground: float = 0.2) -> torch.Tensor:
    """[1, 3, h, w]: a square at x, at the steps of 8 bits."""
    picture = torch.full((1, 3, *SIZE), ground)
    picture[..., 15:33, x : x + 12] = value
    return (picture * 255).round() / 255


@pytest.mark.parametrize("scale", [1, 2])
def test_detail_is_carried_along(scale: int) -> None:
    size = (SIZE[0] * scale, SIZE[1] * scale)
    placement = Placement(size, SIZE)
    layer = with_alpha(scaled(placement, shape_at(10)))
    inner = (slice(None), slice(18 * scale, 30 * scale))
    random = torch.Generator().manual_seed(1)
    grain = 0.1 * torch.rand(3, 12 * scale, 8 * scale, generator=random)
    layer[0, :3, inner[1], 12 * scale : 20 * scale] += grain
    result = composite(placement, layer, shape_at(10), None, shape_at(16), moving(6, 0))
    carried = result[0, :3, inner[1], 18 * scale : 26 * scale]
    expected = layer[0, :3, inner[1], 12 * scale : 20 * scale]
    assert steps(carried, expected) < 2.1
    without = composite(placement, layer, shape_at(10), None, shape_at(16))
    assert steps(without[0, :3, inner[1], 18 * scale : 26 * scale], expected) > 10


def test_paint_covers_the_new_picture_and_grain_does_not() -> None:
    """Paint lay over an edge which is elsewhere now: the edge is not seen through it."""
    layer = with_alpha(shape_at(10))
    layer[:, :3, 20:28, 6:14] = torch.tensor([0.1, 0.2, 0.9]).view(1, 3, 1, 1)
    result = composite(SAME, layer, shape_at(10), None, shape_at(17), moving(6, 0))
    paint = result[0, :3, 21:27, 13:19]
    assert steps(paint, torch.tensor([0.1, 0.2, 0.9]).view(3, 1, 1)) < 1


def test_what_is_newly_seen_has_no_detail() -> None:
    layer = with_alpha(shape_at(10))
    layer[:, :3, 18:30, 12:20] += 0.1
    motion = moving(6, 0)._replace(sure=torch.zeros(1, 1, *SIZE))
    result = composite(SAME, layer, shape_at(10), None, shape_at(16), motion)
    assert steps(result[0, :3, 18:30, 18:22], shape_at(16)[0, :, 18:30, 18:22]) < 0.01


def test_what_was_held_earlier_moves_as_one_thing() -> None:
    """A masked drag left the square 4 pixels from where the generator has it."""
    layer = with_alpha(shape_at(8))
    result = composite(SAME, layer, shape_at(12), None, shape_at(20), moving(8, 0))[0, 0]
    assert steps(result, shape_at(16)[0, 0]) < 1.01
    mixed = composite(SAME, layer, shape_at(12), None, shape_at(20))[0, 0]
    assert steps(mixed, shape_at(16)[0, 0]) > 100


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_on_an_untouched_picture_motion_makes_no_difference(seed: int) -> None:
    before = smooth(seed)
    after = moved(before)
    whole = Composite(SAME, (with_alpha(before) * 255).round().to(torch.uint8), before, None)
    assert not whole.has_detail
    result = whole.apply(after, moving(3, 2)).float() / 255
    assert steps(result[:, :3], after) < 0.01


@pytest.mark.parametrize("size", [(96, 80), (240, 200), (24, 20)])
def test_a_scaled_picture_has_no_detail_and_a_line_on_it_is_some(size: tuple[int, int]) -> None:
    picture, placement = smooth(4), Placement(size, SIZE)
    for mode in ("bilinear", "bicubic", "nearest-exact"):
        layer = torch.nn.functional.interpolate(picture, size, mode=mode)
        whole = (with_alpha(layer.clamp(0, 1)) * 255).round().to(torch.uint8)
        assert not Composite(placement, whole, picture, None).has_detail
        whole[:, :3, : size[0] // 2, size[1] // 3 : size[1] // 2] = 250
        assert Composite(placement, whole, picture, None).has_detail


def test_a_soft_edge_mixes_light() -> None:
    """Half of black and half of white are seen as 188 of 255, not as 128."""
    before, after = torch.zeros(1, 3, *SIZE), torch.ones(1, 3, *SIZE)
    mask = torch.full((1, 1, *SIZE), 128 / 255)
    result = composite(SAME, with_alpha(before), before, mask, after=after)[0, :3, 24, 20]
    assert steps(result, torch.full((3,), 188 / 255)) < 1.01


@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=60, deadline=None)
def test_nothing_changes_outside_any_mask(seed: int) -> None:
    outside, _ = changed_outside(seed)
    assert outside == 0


def test_masks_let_something_through() -> None:
    assert sum(changed_outside(seed)[1] for seed in range(20)) > 10000
