"""The renderer and its landmarks against each other: what is said must be what is seen."""

from __future__ import annotations

import numpy as np
import pytest

from stylegan2.toy_lion import parameters as table
from stylegan2.toy_lion.landmarks import NAMES, find_landmarks, mirror_order
from stylegan2.toy_lion.outlines import find_cheeks, find_lids
from stylegan2.toy_lion.parameters import PARAMETERS, from_latent, index, mirrored
from stylegan2.toy_lion.renderer import render

SIZE = 96


def _lions(count: int, seed: int = 0, **fixed: float) -> np.ndarray:
    drawn = from_latent(np.random.default_rng(seed).standard_normal((count, len(PARAMETERS))))
    for name, value in fixed.items():
        drawn[:, index(name)] = value
    return drawn


def _frontal(**fixed: float) -> np.ndarray:
    return _lions(1, yaw=0, pitch=0, light_x=0, ear_l=0, ear_r=0, mane=0.5, **fixed)


def _patches(pictures: np.ndarray, landmark: str, drawn: np.ndarray) -> np.ndarray:
    """[N, 3, 3, 3]: the pixels about a landmark, of those pictures in which it is seen."""
    found = find_landmarks(drawn, pictures.shape[1])
    k = NAMES.index(landmark)
    patches = []
    for picture, (x, y), seen in zip(
        pictures, found.points[:, k].round().astype(int), found.visible[:, k], strict=True
    ):
        if seen:
            patches.append(picture[y - 1 : y + 2, x - 1 : x + 2])
    return np.array(patches)


def test_latents_fill_the_ranges() -> None:
    drawn = _lions(4000)
    assert (drawn >= table.LOW).all()
    assert (drawn <= table.HIGH).all()
    share = (drawn - table.LOW) / (table.HIGH - table.LOW)
    np.testing.assert_allclose(share.mean(0), 0.5, atol=0.03)
    assert share.min(0).max() < 0.05
    assert share.max(0).min() > 0.95


def test_only_the_direction_of_a_latent_counts() -> None:
    z = np.random.default_rng(1).standard_normal((3, len(PARAMETERS)))
    np.testing.assert_allclose(from_latent(z), from_latent(7 * z))


def test_mirrored_parameters_give_mirrored_pictures() -> None:
    drawn = _lions(4)
    expected = render(drawn, SIZE)[:, :, ::-1].astype(int)
    difference = np.abs(render(mirrored(drawn), SIZE) - expected)
    # Normals come from the corners of one tetrahedron, so creases are shaded a little differently.
    assert difference.mean() < 0.8
    assert np.percentile(difference, 99) < 20
    assert np.abs(render(drawn, SIZE) - expected).mean() > 10


def test_mirrored_parameters_give_mirrored_landmarks() -> None:
    drawn = _lions(50)
    here, there = find_landmarks(drawn, SIZE), find_landmarks(mirrored(drawn), SIZE)
    points = there.points[:, mirror_order()]
    points[..., 0] = SIZE - 1 - points[..., 0]
    np.testing.assert_allclose(points, here.points, atol=1e-9)
    assert (there.visible[:, mirror_order()] == here.visible).mean() > 0.99


def test_landmarks_scale_with_the_picture() -> None:
    drawn = _lions(5)
    small, large = find_landmarks(drawn, 64), find_landmarks(drawn, 256)
    np.testing.assert_allclose(4 * (small.points + 0.5), large.points + 0.5)
    np.testing.assert_array_equal(small.visible, large.visible)


def test_the_nose_is_the_dark_spot() -> None:
    drawn = _lions(12)
    patches = _patches(render(drawn, SIZE), "nose", drawn)
    assert len(patches) >= 11
    # dark, but for the highlight that the light may put there
    assert np.median(patches.max(axis=-1)) < 120


def test_closing_an_eye_changes_what_is_between_its_corners() -> None:
    awake, asleep = _frontal(eye_l=1, gaze_x=0), _frontal(eye_l=0.05, gaze_x=0)
    change = np.abs(render(awake, 256)[0].astype(int) - render(asleep, 256)[0]).max(axis=-1)
    points = find_landmarks(awake, 256).points[0]
    inner, outer = points[NAMES.index("eye_l_inner")], points[NAMES.index("eye_l_outer")]
    towards = (outer - inner) / np.linalg.norm(outer - inner)
    for corner, inwards in ((inner, towards), (outer, -towards)):
        x, y = (corner + 3 * inwards).round().astype(int)
        assert change[y, x] > 40
        x, y = (corner - 4 * inwards).round().astype(int)
        assert change[y, x] < 4


@pytest.mark.parametrize("name", ["ear_l", "ear_r", "mane_top", "mane_l3", "mane_r3"])
def test_the_background_begins_right_after_a_tip(name: str) -> None:
    drawn = _frontal(bg_h=0.6, bg_v=1)
    picture = render(drawn, 256)[0]
    background = picture[2, 2].astype(int)
    found = find_landmarks(drawn, 256)
    k = NAMES.index(name)
    assert found.visible[0, k]
    tip = found.points[0, k]
    away = tip - (127.5, 127.5)
    away /= np.linalg.norm(away)

    def is_background(at: np.ndarray) -> bool:
        x, y = at.round().astype(int)
        return bool(np.abs(picture[y, x] - background).max() < 40)

    assert not is_background(tip)
    assert is_background(tip + 9 * away)


def test_the_chin_goes_down_as_the_mouth_opens() -> None:
    shut, ajar, wide = (
        find_landmarks(_frontal(mouth=mouth), SIZE).points[0] for mouth in (0, 0.3, 0.75)
    )
    chin, nose = NAMES.index("chin"), NAMES.index("nose")
    assert shut[chin, 1] + 3 < ajar[chin, 1]
    assert ajar[chin, 1] + 3 < wide[chin, 1]
    np.testing.assert_allclose(shut[nose], wide[nose])


def test_a_turned_head_hides_the_far_eye() -> None:
    far, near = NAMES.index("eye_l_outer"), NAMES.index("eye_r_outer")
    left = find_landmarks(_lions(20, yaw=0.7, pitch=0, face_w=1), SIZE)
    assert not left.visible[:, far].any()
    assert left.visible[:, near].all()
    # What hides it is in the picture: the point lies on the face, not on the eye's white.
    front = find_landmarks(_frontal(), SIZE)
    assert front.visible[0, [far, near]].all()


def test_without_a_mane_there_are_no_spikes() -> None:
    spikes = [k for k, name in enumerate(NAMES) if name.startswith("mane")]
    assert not find_landmarks(_lions(5, mane=0), SIZE).visible[:, spikes].any()
    full = find_landmarks(_lions(5, mane=0.8, yaw=0, pitch=0, ear_len=0.8), SIZE).visible[:, spikes]
    assert full.mean() > 0.8


def test_the_widest_mane_and_ears_are_drawn_to_their_tips() -> None:
    wide = _lions(1, yaw=0, pitch=0, mane=1, face_w=1.14, ear_l=0.6, ear_r=0.6, ear_len=1.6)
    visible = find_landmarks(wide, SIZE).visible[0]
    for name in ("mane_l3", "mane_r3", "mane_l4", "mane_r4", "ear_l", "ear_r"):
        assert visible[NAMES.index(name)], name


def test_a_lid_ends_in_a_dark_line_that_comes_down() -> None:
    for opening in (0.9, 0.5, 0.2):
        drawn = _frontal(eye_l=opening, eye_r=opening, gaze_x=0)
        picture, found = render(drawn, 256)[0], find_lids(drawn, 256)
        assert found.visible.all()
        for x, y in found.points[0].round().astype(int):
            assert picture[y - 1 : y + 2, x].max(axis=1).min() < 80
    awake, asleep = (find_lids(_frontal(eye_l=wide), 256).points[0] for wide in (1, 0.05))
    assert awake[0, 1] + 15 < asleep[0, 1]
    np.testing.assert_allclose(awake[1], asleep[1])


def test_a_slim_face_ends_nearer_to_its_middle() -> None:
    wide, slim = (_frontal(face_w=width) for width in (1.1, 0.88))
    ends = find_cheeks(wide, 256).points[0] - find_cheeks(slim, 256).points[0]
    assert ends[0, 0] > 8
    assert ends[1, 0] < -8
    np.testing.assert_allclose(ends[:, 1], 0)
