"""What a pixel shows is found again: there, and where another picture shows it."""

from __future__ import annotations

import numpy as np
import pytest

from stylegan2.toy_lion import surface
from stylegan2.toy_lion.landmarks import NAMES, find_landmarks
from stylegan2.toy_lion.parameters import PARAMETERS, from_latent, index
from stylegan2.toy_lion.renderer import render
from stylegan2.toy_lion.surface import project, under

SIDE = 256


def _lions(count: int, seed: int = 0, **fixed: float) -> np.ndarray:
    drawn = from_latent(np.random.default_rng(seed).standard_normal((count, len(PARAMETERS))))
    for name, value in fixed.items():
        drawn[:, index(name)] = value
    return drawn


def _changed(row: np.ndarray, **values: float) -> np.ndarray:
    changed = row.copy()
    for name, value in values.items():
        changed[index(name)] = value
    return changed


def test_what_a_pixel_shows_is_projected_back_to_it() -> None:
    """Shown by 12 lions, on a grid: every part, the mane's spikes and the silhouettes, too."""
    parts = set()
    for row in _lions(12):
        for y in range(5, SIDE, 10):
            for x in range(5, SIDE, 10):
                point = under(row, (x, y), SIDE)
                if point is None:
                    continue
                parts.add(point.part)
                pixel, visible = project(row, point, SIDE)
                assert np.hypot(pixel[0] - x, pixel[1] - y) < 0.1, (point, pixel)
                assert visible
    assert parts == set(range(11))


def test_the_background_is_no_surface() -> None:
    row = _lions(1, mane=0, yaw=0)[0]
    assert under(row, (1, 1), SIDE) is None
    assert under(row, (127, 100), SIDE) is not None


@pytest.mark.parametrize(
    ("landmark", "changes"),
    [
        ("nose", {"yaw": 0.3}),
        ("nose", {"pitch": 0.3}),
        ("chin", {"mouth": 0.5}),
        ("chin", {"yaw": -0.3}),
        ("ear_l", {"ear_l": 0.4}),
        ("ear_r", {"ear_r": -0.4}),
        ("ear_r", {"ear_len": 1.5}),
        ("mane_top", {"mane": 1.0}),
        ("mane_l2", {"face_w": 1.1}),
    ],
)
def test_a_spot_moves_as_its_landmark_does(landmark: str, changes: dict[str, float]) -> None:
    """A landmark lies on the surface, so what is seen there moves with it."""
    k = NAMES.index(landmark)
    start = {"yaw": 0.0, "pitch": 0.0, "mouth": 0.1, "ear_l": 0.0, "ear_r": 0.0}
    start |= {"ear_len": 1.0, "mane": 0.6, "face_w": 0.9, "muzzle": 0.9}
    row = _lions(1, **start)[0]
    other = _changed(row, **changes)
    here, there = (find_landmarks(r[None], SIDE).points[0, k] for r in (row, other))
    assert np.linalg.norm(there - here) > 3
    point = under(row, (float(here[0]), float(here[1])), SIDE)
    assert point is not None
    pixel, _ = project(other, point, SIDE)
    assert np.linalg.norm(pixel - there) < 1.5


def test_it_moves_with_yaw_as_two_renderings_show() -> None:
    """The pupil is painted on the eye: its middle in two pictures is one spot of the surface."""
    row = _lions(1, yaw=0.0, pitch=0.0, eye_l=1.0, eye_r=1.0, gaze_x=0.0, light_x=0.0)[0]
    turned = _changed(row, yaw=0.25)
    first, second = (_pupil(render(r[None], SIDE)[0], r) for r in (row, turned))
    assert second[0] - first[0] > 8
    point = under(row, first, SIDE)
    assert point is not None
    assert point.part == surface.EYE
    pixel, visible = project(turned, point, SIDE)
    assert visible
    assert np.linalg.norm(np.subtract(pixel, second)) < 1


def test_what_is_behind_the_head_is_known_to_be_hidden() -> None:
    row = _lions(1, yaw=-0.7, pitch=0.0, face_w=1.0, mane=0.2)[0]
    points = _side_of_the_face(row)
    assert len(points) > 50
    assert all(project(row, point, SIDE)[1] for point in points)
    away = _changed(row, yaw=0.75)
    seen = [point for point in points if project(away, point, SIDE)[1]]
    assert len(seen) < 0.7 * len(points)
    for point in seen:
        found = under(away, project(away, point, SIDE)[0], SIDE)
        assert found is not None
        # seen a little beside what hides it, the ray may find the neighbour
        assert np.linalg.norm(_head(away, found) - _head(away, point)) < 0.1


def _head(row: np.ndarray, point: surface.SurfacePoint) -> np.ndarray:
    """(x, y) in units of head space, whose plane is that of a frontal lion's picture."""
    return np.array(project(_changed(row, yaw=0, pitch=0), point, SIDE)[0]) * 3.5 / SIDE


def _side_of_the_face(row: np.ndarray) -> list[surface.SurfacePoint]:
    """Spots of skull and cheek that only a lion that is turned so shows."""
    found = (under(row, (x, y), SIDE) for x in range(120, 240, 6) for y in range(80, 170, 6))
    return [p for p in found if p is not None and p.part in (surface.SKULL, surface.CHEEK)]


def _pupil(picture: np.ndarray, row: np.ndarray) -> tuple[float, float]:
    """(x, y): the middle of the dark pixels between the left eye's corners."""
    points = find_landmarks(row[None], SIDE).points[0]
    middle = (points[NAMES.index("eye_l_inner")] + points[NAMES.index("eye_l_outer")]) / 2
    y, x = np.nonzero(picture.max(axis=2) < 60)
    near = np.hypot(x - middle[0], y - middle[1]) < 9
    return float(x[near].mean()), float(y[near].mean())
