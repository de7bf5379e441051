"""Motion between images, along those that lie between them."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from draggan_server.layer.motion import Motion, resize_shifts, shifted
from draggan_server.layer.optical_flow import follow

SIDE = 64


def scene(seed: int, shift: float) -> torch.Tensor:
    """[1, 8, s, s]: a smooth square that lies `shift` pixels to the right, before what stays."""
    random = torch.Generator().manual_seed(seed)
    ground, square = (
        functional.interpolate(
            torch.randn(1, 8, 16, 16, generator=random), (SIDE, SIDE), mode="bicubic"
        )
        for _ in range(2)
    )
    shifts = torch.zeros(1, 2, SIDE, SIDE)
    shifts[:, 0] = -shift
    inside = torch.zeros(1, 1, SIDE, SIDE)
    inside[..., 16:48, 12:44] = 1
    inside = shifted(inside, shifts, "bilinear")
    return ground * (1 - inside) + shifted(square, shifts) * inside


@pytest.mark.parametrize("shift", [3.0, 9.5])
def test_what_moves_is_followed_and_what_stays_is_not(shift: float) -> None:
    motion = follow([scene(1, shift * step / 4) for step in range(5)])
    middle = (slice(22, 42), slice(round(18 + shift), round(38 + shift)))
    wanted = torch.tensor([-shift, 0.0])[:, None, None]
    assert float((motion.back[0, :, middle[0], middle[1]] - wanted).norm(dim=0).median()) < 0.3
    assert float(motion.sure[0, 0][middle].mean()) > 0.9
    assert float(motion.moves[0, 0][middle].min()) > 0.9
    assert float(motion.back[0, :, :8].norm(dim=0).max()) < 0.3
    assert float(motion.moves[0, 0, :8].max()) < 0.1


def test_what_is_newly_seen_comes_from_nowhere() -> None:
    motion = follow([scene(2, 12.0 * step / 4) for step in range(5)])
    assert float(motion.sure[0, 0, 24:40, 16:20].mean()) < 0.3


def test_between_equal_images_nothing_moves() -> None:
    image = scene(3, 0.0)
    motion = follow([image, image])
    assert not motion.back.any()
    assert not motion.moves.any()


def test_a_motion_is_that_of_a_larger_picture_too() -> None:
    shifts = torch.ones(1, 2, 8, 6)
    assert (resize_shifts(shifts, (16, 18)) == torch.tensor([3.0, 2.0]).view(1, 2, 1, 1)).all()
    one = torch.ones(1, 1, 8, 6)
    larger = Motion(shifts, one, one, one).resized((16, 18))
    assert [tuple(part.shape[1:]) for part in larger] == [(2, 16, 18)] + [(1, 16, 18)] * 3


def test_an_image_is_read_where_the_shifts_lead() -> None:
    image = torch.arange(30.0).view(1, 1, 5, 6)
    assert torch.allclose(shifted(image, torch.zeros(1, 2, 5, 6)), image, atol=1e-5)
    right = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 5, 6)
    assert torch.allclose(shifted(image, right)[..., :-2], image[..., 1:-1], atol=1e-4)
