"""The discriminator is the published function, for every geometry."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylegan2 import CheckpointError, Discriminator
from stylegan2.discriminator_geometry import DiscriminatorGeometry
from tests.unit.stylegan2 import discriminator_oracle
from tests.unit.stylegan2.generators import DISCRIMINATOR_GEOMETRIES, random_tensors

SMALL = DiscriminatorGeometry(img_resolution=(16, 8), channels=(4, 3, 2))


def pictures(count: int, geometry: DiscriminatorGeometry) -> torch.Tensor:
    random = torch.Generator().manual_seed(count)
    return torch.randn(
        count,
        geometry.img_channels,
        *geometry.img_resolution,
        generator=random,
        dtype=torch.float64,
    )


@given(
    geometry=DISCRIMINATOR_GEOMETRIES, seed=st.integers(0, 1000), count=st.sampled_from([1, 2, 4])
)
@settings(max_examples=60, deadline=None)
def test_it_is_the_published_function(
    geometry: DiscriminatorGeometry, seed: int, count: int
) -> None:
    tensors = random_tensors(geometry, seed)
    discriminator = Discriminator.from_tensors(geometry, tensors)
    c = torch.eye(2, dtype=torch.float64)[torch.arange(count) % 2] if geometry.c_dim else None
    expected, features = discriminator_oracle.logits(
        geometry, tensors, pictures(count, geometry), c
    )
    got = discriminator(pictures(count, geometry), c)
    assert got.shape == (count, 1)
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-10)
    judged, seen = discriminator.judge(pictures(count, geometry), c)
    assert torch.equal(judged, got)
    for ours in (seen, discriminator.features(pictures(count, geometry))):
        torch.testing.assert_close(ours, features, rtol=0, atol=1e-10)


@given(geometry=DISCRIMINATOR_GEOMETRIES)
def test_json_is_read_back_equal(geometry: DiscriminatorGeometry) -> None:
    assert DiscriminatorGeometry.from_json(geometry.to_json()) == geometry


def test_gradients_reach_the_picture_only() -> None:
    discriminator = Discriminator.from_tensors(SMALL, random_tensors(SMALL, 0))
    picture = pictures(1, SMALL).requires_grad_(True)
    sum(feature.square().sum() for feature in discriminator.features(picture)).backward()  # type: ignore[union-attr]
    assert picture.grad is not None
    assert (picture.grad != 0).all()
    assert all(parameter.grad is None for parameter in discriminator.parameters())


def test_what_it_is_asked_must_fit() -> None:
    discriminator = Discriminator.from_tensors(SMALL, random_tensors(SMALL, 0))
    with pytest.raises(ValueError, match=r"\[1, 3, 16, 16\]; expected \[N, 3, 16, 8\]"):
        discriminator(torch.zeros(1, 3, 16, 16, dtype=torch.float64))
    with pytest.raises(ValueError, match="6 pictures cannot be split into groups of 4"):
        discriminator(pictures(6, SMALL))
    with pytest.raises(ValueError, match="not conditional"):
        discriminator(pictures(1, SMALL), torch.zeros(1, 2))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "damaged"),
        ("{}", "damaged"),
        ('{"img_resolution": [8, 8], "channels": [4, 4], "surprise": 1}', "damaged"),
        ('{"img_resolution": [8, 8], "channels": [4]}', "number of discriminator blocks is 1"),
        ('{"img_resolution": [9, 8], "channels": [4, 4]}', "height of 9 pixels does not fit"),
        ('{"img_resolution": [8, 8], "channels": [4, 4], "mbstd_num_channels": 3}', "3 groups"),
        ('{"img_resolution": [8, 8], "channels": [4, 4], "architecture": "x"}', "'x'"),
        (
            '{"img_resolution": [8, 8], "channels": [4, 4], "c_dim": 2, "cmap_dim": 3, '
            '"embed_features": 5}',
            "5 features, and nothing maps them to the 3",
        ),
    ],
)
def test_impossible_geometry_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(CheckpointError, match=reason):
        DiscriminatorGeometry.from_json(text)
