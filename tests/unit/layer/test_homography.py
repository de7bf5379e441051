from __future__ import annotations

import math

import torch

from draggan_server.layer import homography


def test_a_unit_frame_has_the_middle_at_zero_and_the_longer_side_from_minus_one_to_one() -> None:
    corners = torch.tensor([[-0.5, -0.5], [99.5, 49.5], [49.5, 24.5]], dtype=torch.float64)
    moved = homography.apply(homography.unit_frame((50, 100)), corners)
    expected = torch.tensor([[-1, -0.5], [1, 0.5], [0, 0]], dtype=torch.float64)
    torch.testing.assert_close(moved, expected)


def test_each_generator_is_the_speed_of_its_motion() -> None:
    point = torch.tensor([[0.3, -0.7]], dtype=torch.float64)
    small = 1e-6
    for number in range(8):
        amounts = torch.zeros(8, dtype=torch.float64)
        amounts[number] = small
        moved = homography.apply(homography.motion(amounts), point)
        velocity = homography.GENERATORS[number] @ torch.tensor([0.3, -0.7, 1.0]).double()
        expected = velocity[:2] - point[0] * velocity[2]
        torch.testing.assert_close((moved - point)[0] / small, expected, rtol=1e-4, atol=1e-5)


def test_resizing_there_and_back_is_nothing() -> None:
    there = homography.resized((40, 30), (100, 60))
    back = homography.resized((100, 60), (40, 30))
    torch.testing.assert_close(back @ there, torch.eye(3, dtype=torch.float64))


def test_scale_and_mirror_of_a_similarity() -> None:
    matrix = homography.similarity(angle=math.radians(20), scale=1.7, shift=(3, 4))
    assert math.isclose(homography.scale_at(matrix, (5, 6)), 1.7)
    assert not homography.mirrors(matrix)
    assert homography.mirrors(matrix @ homography.mirror())
