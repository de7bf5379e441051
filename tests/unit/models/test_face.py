"""Where eyes and mouths lie in models' pictures: the files, and what they hold."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from draggan_server.models import zoo
from draggan_server.models.face import (
    MAX_FILE_BYTES,
    aligned_face,
    face_file,
    read_face,
    write_face,
)
from draggan_server.models.public_models import PUBLIC_MODELS
from stylegan2.toy_lion.face import mean_and_precision


def test_a_face_is_read_as_it_was_written_and_the_model_stays(tmp_path: Path) -> None:
    model = tmp_path / "lion 2.0.safetensors"
    model.write_bytes(b"weights")
    assert read_face(model) is None
    write_face(aligned_face(256), model)
    assert read_face(model) == aligned_face(256)
    assert face_file(model).name == "lion 2.0.face.json"
    assert model.read_bytes() == b"weights"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"eyes": [[1, 2], [3, 4]], "mouth": [5, 6], "precision": [1]}',
        b'{"eyes": [[1, 2]], "mouth": [5, 6], "precision": []}',
        b" " * (MAX_FILE_BYTES + 1),
    ],
)
def test_a_damaged_file_is_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: bytes
) -> None:
    (tmp_path / "x.face.json").write_bytes(text)
    assert read_face(tmp_path / "x.safetensors") is None
    assert "x.face.json is left out" in caplog.text


@pytest.mark.slow
def test_the_toy_lion_s_is_what_its_renderer_draws() -> None:
    """Of other lions, to four times the spread of a mean of so many."""
    face, count = zoo.find("toy-lion").face, 400
    assert face is not None
    mean, precision = mean_and_precision(count, 256, seed=12345)
    spread = np.sqrt(np.diag(np.linalg.inv(precision)))
    shown = np.asarray([*face.eyes, face.mouth])
    assert np.all(np.abs(shown - mean).flatten() < 4 * spread / math.sqrt(count))
    stored = np.linalg.inv(np.reshape(face.precision, (6, 6)))
    assert np.sqrt(np.diag(stored)) == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize("side", [256, 1024])
def test_aligned_faces_are_those_of_the_published_crop(side: int) -> None:
    """The crop's formula, applied to the eyes and the mouth, gives the whole picture."""
    face = aligned_face(side)
    left, right, mouth = (np.asarray(place) + 0.5 for place in (*face.eyes, face.mouth))
    eye_to_eye, eyes = right - left, (left + right) / 2
    eye_to_mouth = mouth - eyes
    half = eye_to_eye - eye_to_mouth[::-1] * (-1, 1)
    half /= np.hypot(*half)
    half *= max(np.hypot(*eye_to_eye) * 2.0, np.hypot(*eye_to_mouth) * 1.8)
    assert half == pytest.approx((side / 2, 0), abs=1e-6)
    assert eyes + 0.1 * eye_to_mouth == pytest.approx((side / 2, side / 2), abs=1e-6)


def test_published_models_of_aligned_faces_are_known() -> None:
    aligned = {model.name for model in PUBLIC_MODELS if model.aligned}
    assert {"ffhq-256", "ffhq-1024", "ffhq-1024-config-f", "metfaces-1024"} <= aligned
    assert all(name.startswith(("ffhq", "metfaces")) for name in aligned)
