"""What a checkpoint says about its shape is checked before anything is allocated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from stylegan2 import CheckpointError, Geometry
from tests.unit.stylegan2.generators import GEOMETRIES

GOOD: dict[str, Any] = {
    "z_dim": 8,
    "w_dim": 8,
    "mapping_layers": 2,
    "mapping_lr_multiplier": 0.01,
    "img_resolution": [8, 8],
    "channels": {"4": 4, "8": 4},
}


@given(geometry=GEOMETRIES)
def test_json_is_read_back_equal(geometry: Geometry) -> None:
    assert Geometry.from_json(geometry.to_json()) == geometry


def test_half_width_model_has_a_narrow_constant() -> None:
    geometry = Geometry.from_json(
        json.dumps({**GOOD, "img_resolution": [16, 8], "channels": {"4": 4, "8": 4, "16": 4}})
    )
    assert geometry.block_size(0) == (4, 2)
    assert geometry.shapes()["synthesis.b16.conv1.noise_const"] == (16, 8)
    assert geometry.num_ws == 6


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"z_dim": 0}, "z_dim is 0"),
        ({"w_dim": 10**9}, "w_dim is 1000000000"),
        ({"w_dim": "8"}, "w_dim is '8'"),
        ({"z_dim": True}, "z_dim is True"),
        ({"mapping_layers": 1000}, "mapping_layers is 1000"),
        ({"mapping_lr_multiplier": 0}, "mapping_lr_multiplier is 0"),
        ({"img_resolution": [8]}, "damaged"),
        ({"img_resolution": [7, 8]}, "height of 7 pixels does not fit 2 blocks"),
        ({"img_resolution": [1 << 20, 8]}, "height is 1048576"),
        ({"channels": {"4": 4, "16": 4}}, r"blocks \[4, 16\]"),
        ({"channels": {}}, "number of blocks is 0"),
        ({"channels": {"4": 4, "8": 10**6}}, "channels is 1000000"),
        ({"channels": [4, 4]}, "damaged"),
        ({"architecture": "dense"}, "'dense'; skip, resnet, orig can be run"),
        ({"architecture": ["skip"]}, "can be run"),
        ({"mapping_features": 0}, "mapping_features is 0"),
        ({"resample_filter": [1, 1]}, r"only \[1, 3, 3, 1\]"),
        ({"img_channels": 2}, r"2 colour channels; what can be run: 1 \(gray\), 3"),
        ({"img_channels": True}, "True colour channels"),
        ({"img_channels": "3"}, "'3' colour channels"),
        ({"img_channels": 3.0}, "3.0 colour channels"),
        ({"conv_clamp": -1}, "conv_clamp is -1"),
        ({"conv_clamp": float("nan")}, "conv_clamp is nan"),
    ],
)
def test_impossible_geometry_is_refused_with_the_reason(
    change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(CheckpointError, match=reason):
        Geometry.from_json(json.dumps({**GOOD, **change}))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "{}", "[" * 100_000])
def test_text_that_is_no_geometry_is_refused(text: str) -> None:
    with pytest.raises(CheckpointError):
        Geometry.from_json(text)
