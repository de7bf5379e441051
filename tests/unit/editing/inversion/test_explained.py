"""How much of a photo is said to be shown: of the model's own pictures, and of other things."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from draggan_server.editing.inversion.encoder import Encoder, Sight
from draggan_server.editing.inversion.explained import Explained, judge
from draggan_server.editing.inversion.explanation import Explanation
from draggan_server.editing.inversion.inversion import Inversion
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.tone import Tone
from draggan_server.editing.inversion.world import World, prepared
from draggan_server.wire.photo_record import in_the_world
from stylegan2.generator import Generator

pytestmark = pytest.mark.slow

SIZE = (256, 256)


@pytest.fixture(scope="module")
def world(lion: Generator) -> World:
    *_, (_, world) = prepared(lion)
    return world


def photo_of(image: torch.Tensor) -> Photo:
    """image [1, 3, H, W] in [0, 1]."""
    return Photo(torch.cat([image, torch.ones_like(image[:, :1])], dim=1), 3, SIZE)


def own(world: World, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture of the model's in [0, 1], and its w+."""
    w_plus = world.generator.draw(1, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        return ((world.generator.synthesis(w_plus) + 1) / 2).clamp(0, 1), w_plus


Colour = tuple[int, int, int]
EARS = ([(70, 60), (100, 100), (60, 110)], [(186, 60), (156, 100), (196, 110)])


def cat() -> torch.Tensor:
    """A gray one on green, in the colours of one that was said to be a lion by 82%."""
    return head((150, 180, 120), (110, 110, 115))


def orange_cat() -> torch.Tensor:
    """On blue, in a lion's colours, with whiskers: 35% of it are explained."""
    return head((90, 120, 180), (220, 140, 60), whiskers=True)


def white_cat() -> torch.Tensor:
    """With blue eyes, on brown: the encoder takes 82% of it for a lion."""
    return head((120, 80, 50), (235, 230, 225), eye=(80, 120, 200))


def head(
    background: Colour, fur: Colour, eye: Colour = (230, 230, 90), *, whiskers: bool = False
) -> torch.Tensor:
    image = Image.new("RGB", (256, 256), background)
    draw = ImageDraw.Draw(image)
    for ear in EARS:
        draw.polygon(ear, fill=fur)
    draw.ellipse((60, 80, 196, 210), fill=fur)
    for place in ((90, 120, 115, 140), (141, 120, 166, 140)):
        draw.ellipse(place, fill=eye)
    draw.polygon([(118, 160), (138, 160), (128, 172)], fill=(200, 120, 120))
    if whiskers:
        for y in (165, 172, 179):
            draw.line([(50, y - 5), (110, y)], fill=(20, 20, 20), width=2)
            draw.line([(206, y - 5), (146, y)], fill=(20, 20, 20), width=2)
    return drawn(image)


def disc() -> torch.Tensor:
    """Ochre on blue, a lion's colours."""
    image = Image.new("RGB", (256, 256), (90, 120, 180))
    ImageDraw.Draw(image).ellipse((60, 60, 196, 196), fill=(200, 150, 60))
    return drawn(image)


def smiley() -> torch.Tensor:
    image = Image.new("RGB", (256, 256), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    draw.ellipse((40, 40, 216, 216), fill=(250, 210, 60), outline=(0, 0, 0), width=5)
    for left in (85, 151):
        draw.ellipse((left, 90, left + 20, 125), fill=(0, 0, 0))
    draw.arc((80, 90, 176, 180), 20, 160, fill=(0, 0, 0), width=7)
    return drawn(image)


def noise() -> torch.Tensor:
    return torch.rand(1, 3, *SIZE, generator=torch.Generator().manual_seed(1))


def smooth_noise() -> torch.Tensor:
    coarse = torch.rand(1, 3, 7, 7, generator=torch.Generator().manual_seed(2))
    return torch.nn.functional.interpolate(coarse, SIZE, mode="bicubic").clamp(0, 1)


def drawn(image: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)[None].float() / 255


def outside(found: Explained) -> bool:
    return not in_the_world(found.share, found.likeness)


def test_the_model_s_own_picture_is_shown(world: World) -> None:
    picture, w_plus = own(world, 3)
    truth = Explanation(torch.eye(3, dtype=torch.float64), Tone.none(3), w_plus)
    grain = 0.015 * torch.randn(picture.shape, generator=torch.Generator().manual_seed(1))
    found = judge(world, photo_of(picture + grain), truth)
    assert found.share > 0.97
    assert found.likeness is not None
    assert found.likeness > 0.97
    assert float(found.map.mean()) > 0.9


def test_another_lion_is_not(world: World) -> None:
    picture, _ = own(world, 3)
    _, other = own(world, 4)
    wrong = Explanation(torch.eye(3, dtype=torch.float64), Tone.none(3), other)
    assert outside(judge(world, photo_of(picture), wrong))


def test_a_part_that_is_not_shown_counts_where_it_matters_only(world: World) -> None:
    picture, w_plus = own(world, 3)
    picture[:, :, :128, :128] = cat()[:, :, 64:192, 64:192]
    truth = Explanation(torch.eye(3, dtype=torch.float64), Tone.none(3), w_plus)
    photo = photo_of(picture)
    mask = torch.zeros(1, 4, *SIZE)
    mask[:, :, 144:] = 1
    whole, below = (judge(world, photo, truth, m) for m in (None, Photo(mask, 3, SIZE)))
    assert below.share > 0.97
    assert whole.share < 0.85
    assert float(whole.map[8:56, 8:56].mean()) < 0.3


@pytest.mark.parametrize("picture", [cat, orange_cat, white_cat, disc, smiley, noise, smooth_noise])
def test_something_else_is_outside_of_the_world(
    world: World, picture: Callable[[], torch.Tensor]
) -> None:
    photo = photo_of(picture())
    *_, last = Inversion(world, photo, "fast")
    assert outside(judge(world, photo, last.explanation))


def test_a_small_subject_is_inside_though_little_of_the_photo_is_explained(world: World) -> None:
    """A lion, true to the model, before another background that fills most of the region."""
    picture, w_plus = own(world, 3)
    y, x = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
    face = ((x - 128) / 62) ** 2 + ((y - 135) / 70) ** 2 < 1
    photo = photo_of(torch.where(face, picture, smooth_noise()))
    truth = Explanation(torch.eye(3, dtype=torch.float64), Tone.none(3), w_plus)
    found = judge(world, photo, truth)
    assert found.share < 0.3
    assert not outside(found)


def test_what_the_encoder_takes_for_another_s_is_not_shown_however_well_it_is_met(
    world: World,
) -> None:
    """Here all of the picture is met, and the encoder says that it is something else."""
    picture, w_plus = own(world, 3)
    truth = Explanation(torch.eye(3, dtype=torch.float64), Tone.none(3), w_plus)
    assert world.encoder is not None
    encoder, blind = world.encoder, copy.copy(world)
    seen = judge(world, photo_of(picture), truth).share
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder, "forward", strangers(encoder))
        assert outside(judge(world, photo_of(picture), truth))
        blind.encoder = None
        assert judge(blind, photo_of(picture), truth).share > 0.97
    assert seen > 0.97


def strangers(encoder: Encoder) -> Callable[[torch.Tensor], Sight]:
    """An encoder that takes nothing for the model's."""
    forward = encoder.forward

    def sight(seen: torch.Tensor) -> Sight:
        found = forward(seen)
        return found._replace(own=torch.full_like(found.own, -9.0))

    return sight
