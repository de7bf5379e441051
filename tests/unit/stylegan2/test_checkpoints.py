"""A file that is not a sound model is refused with the reason, and a sound one read exactly."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import stylegan2
from draggan_server.models import zoo
from stylegan2 import CheckpointError, Geometry
from tests.unit.stylegan2.generators import random_tensors

GEOMETRY = Geometry(z_dim=3, w_dim=4, mapping_layers=1, img_resolution=(8, 8), channels=(3, 2))
KEY = "synthesis.b8.conv0.weight"


def write(path: Path, tensors: dict[str, torch.Tensor], geometry: str | None = None) -> Path:
    metadata = {"geometry": GEOMETRY.to_json() if geometry is None else geometry}
    save_file(tensors, path, metadata=metadata)
    return path


@pytest.fixture
def tensors() -> dict[str, torch.Tensor]:
    return random_tensors(GEOMETRY, 0, torch.float32)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_any_floating_type_is_read_as_float32(
    tmp_path: Path, tensors: dict[str, torch.Tensor], dtype: torch.dtype
) -> None:
    path = write(tmp_path / "m.safetensors", {k: v.to(dtype) for k, v in tensors.items()})
    generator = stylegan2.load_generator(path)
    weight = generator.synthesis_network.state_dict()["b8.conv0.weight"]
    assert torch.equal(weight, tensors[KEY].to(dtype).to(torch.float32))


def test_its_digest_is_that_of_the_file_it_came_from_whatever_lies_there_since(
    tmp_path: Path, tensors: dict[str, torch.Tensor]
) -> None:
    path = write(tmp_path / "m.safetensors", tensors)
    generator = stylegan2.load_generator(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    write(tmp_path / "n.safetensors", random_tensors(GEOMETRY, 1, torch.float32)).replace(path)
    assert generator.sha256 == digest
    path.unlink()
    assert generator.sha256 == digest


def test_a_missing_tensor_is_named(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    del tensors[KEY]
    with pytest.raises(CheckpointError, match=f"lacks 1 of {len(tensors) + 1} .*{KEY}"):
        stylegan2.load_generator(write(tmp_path / "m.safetensors", tensors))


def test_a_wrong_shape_is_named(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    tensors[KEY] = torch.zeros(2, 3, 1, 1)
    with pytest.raises(CheckpointError, match=rf"{KEY} .* \[2, 3, 1, 1\]; .* \[2, 3, 3, 3\]"):
        stylegan2.load_generator(write(tmp_path / "m.safetensors", tensors))


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_values_that_are_not_finite_are_refused(
    tmp_path: Path, tensors: dict[str, torch.Tensor], value: float
) -> None:
    tensors[KEY][0, 0, 0, 0] = value
    with pytest.raises(CheckpointError, match=f"{KEY} holds values that are not finite"):
        stylegan2.load_generator(write(tmp_path / "m.safetensors", tensors))


def test_integers_are_refused(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    tensors[KEY] = torch.zeros(2, 3, 3, 3, dtype=torch.int32)
    with pytest.raises(CheckpointError, match=r"holds torch\.int32"):
        stylegan2.load_generator(write(tmp_path / "m.safetensors", tensors))


def test_tensors_that_nobody_asks_for_do_not_matter(
    tmp_path: Path, tensors: dict[str, torch.Tensor]
) -> None:
    tensors["synthesis.b8.conv0.resample_filter"] = torch.zeros(4, 4)
    stylegan2.load_generator(write(tmp_path / "m.safetensors", tensors))


def test_a_cut_file_is_refused(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    path = write(tmp_path / "m.safetensors", tensors)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CheckpointError, match="cannot be read as safetensors"):
        stylegan2.load_generator(path)


def header(document: object) -> bytes:
    text = json.dumps(document).encode()
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a safetensors file"),
        (b"PK\x03\x04" + bytes(100), "not a safetensors file"),
        (struct.pack("<Q", 1 << 60) + bytes(100), "not a safetensors file"),
        (struct.pack("<Q", 4) + b"{{{{", "not JSON"),
        (struct.pack("<Q", 4) + b"\xff\xfe\xfd\xfc", "not JSON"),
        (header([]), "not a table"),
        (header({"__metadata__": {"geometry": 1}}), "not a table of texts"),
        (header({}), "without a StyleGAN2 geometry"),
        (header({"__metadata__": {"geometry": "{}"}}), "damaged"),
        (
            header({"__metadata__": {"geometry": GEOMETRY.to_json(), "model_card": "[]"}}),
            "card is not a JSON object",
        ),
    ],
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=reason):
        zoo.find(path)
