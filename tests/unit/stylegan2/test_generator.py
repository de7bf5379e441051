"""The generator is the published function, for every geometry."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from draggan_server.models import zoo
from draggan_server.models.loading import load_generator
from stylegan2 import Geometry
from tests.unit.stylegan2 import oracle
from tests.unit.stylegan2.generators import GEOMETRIES, random_generator, random_tensors

TOLERANCE = {"rtol": 0.0, "atol": 1e-10}
SMALL = Geometry(z_dim=3, w_dim=4, mapping_layers=2, img_resolution=(16, 8), channels=(5, 4, 3))


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=random, dtype=torch.float64)


@given(geometry=GEOMETRIES, seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_mapping_is_the_published_function(geometry: Geometry, seed: int) -> None:
    generator = random_generator(geometry, seed)
    z = normal(2, geometry.z_dim, seed=seed)
    c = normal(2, geometry.c_dim, seed=seed + 1) if geometry.c_dim else None
    expected = oracle.mapping(geometry, random_tensors(geometry, seed), z, c)
    w_plus = generator.mapping(z, c)
    assert w_plus.shape == (2, geometry.num_ws, geometry.w_dim)
    torch.testing.assert_close(w_plus, expected[:, None].expand_as(w_plus), **TOLERANCE)


@given(geometry=GEOMETRIES, seed=st.integers(0, 1000), noise=st.booleans())
@settings(max_examples=60, deadline=None)
def test_synthesis_is_the_published_function(geometry: Geometry, seed: int, noise: bool) -> None:
    generator = random_generator(geometry, seed)
    w_plus = normal(2, geometry.num_ws, geometry.w_dim, seed=seed)
    expected, features = oracle.synthesis(geometry, random_tensors(geometry, seed), w_plus, noise)
    mode = "const" if noise else "none"
    picture = generator.synthesis(w_plus, noise_mode=mode)
    assert picture.shape == (2, geometry.img_channels, *geometry.img_resolution)
    torch.testing.assert_close(picture, expected, **TOLERANCE)
    with torch.no_grad():  # a single picture is computed another way
        alone = generator.synthesis(w_plus[:1], noise_mode=mode)
    torch.testing.assert_close(alone, expected[:1], **TOLERANCE)
    for resolution, feature in features.items():
        got = generator.features(w_plus, resolution, noise_mode=mode)
        torch.testing.assert_close(got, feature, **TOLERANCE)


def test_truncation_moves_the_first_rows_towards_the_mean() -> None:
    generator = random_generator(SMALL)
    z = normal(2, 3)
    whole, cut = generator.mapping(z), generator.mapping(z, truncation_psi=0.5, truncation_cutoff=2)
    expected = generator.w_avg + 0.5 * (whole[:, :2] - generator.w_avg)
    torch.testing.assert_close(cut[:, :2], expected, **TOLERANCE)
    torch.testing.assert_close(cut[:, 2:], whole[:, 2:], **TOLERANCE)
    every = generator.mapping(z, truncation_psi=0.0)
    torch.testing.assert_close(every, generator.w_avg.expand_as(every), **TOLERANCE)


def test_random_noise_repeats_with_its_seed() -> None:
    generator = random_generator(SMALL)
    w_plus = normal(1, 6, 4)

    def draw(seed: int) -> torch.Tensor:
        return generator.synthesis(w_plus, "random", torch.Generator().manual_seed(seed))

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))
    assert not torch.equal(draw(1), generator.synthesis(w_plus, "none"))


def test_random_noise_without_a_generator_is_refused() -> None:
    with pytest.raises(ValueError, match=r"needs a torch\.Generator"):
        random_generator(SMALL).synthesis(normal(1, 6, 4), "random")


def test_nothing_after_the_feature_block_is_needed() -> None:
    generator = random_generator(SMALL)
    w_plus = normal(1, 6, 4)
    expected = generator.features(w_plus, 8)
    w_plus[:, 3:] = torch.nan  # rows of the later layers and colours
    assert torch.equal(generator.features(w_plus, 8), expected)


@torch.no_grad()
def test_each_block_gives_a_picture_of_its_own_size_which_the_rows_of_later_ones_leave() -> None:
    generator = random_generator(SMALL)
    w_plus = normal(1, 6, 4)
    outputs = list(generator.outputs(w_plus))
    sizes = [output.picture.shape[2:] for output in outputs if output.picture is not None]
    assert sizes == [(4, 2), (8, 4), (16, 8)]
    assert torch.equal(outputs[-1].picture, generator.synthesis(w_plus))
    w_plus[:, 4:] = torch.nan
    assert torch.equal(list(generator.outputs(w_plus))[1].picture, outputs[1].picture)


def test_a_block_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no block 32; this model has 4, 8, 16"):
        random_generator(SMALL).features(normal(1, 6, 4), 32)


@pytest.mark.parametrize("shape", [(6, 4), (1, 5, 4), (1, 6, 3)])
def test_a_latent_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="w_plus has the shape"):
        random_generator(SMALL).synthesis(normal(*shape))


def test_gradients_reach_the_latent_only() -> None:
    generator = random_generator(SMALL)
    w_plus = normal(1, 6, 4).requires_grad_(True)
    generator.features(w_plus, 16).square().sum().backward()
    assert w_plus.grad is not None
    assert (w_plus.grad[0, :5] != 0).any(dim=1).all()
    assert (w_plus.grad[0, 5] == 0).all()
    assert all(parameter.grad is None for parameter in generator.parameters())


def test_conditional_model_asks_for_its_label_and_no_other_does() -> None:
    with pytest.raises(ValueError, match="not conditional"):
        random_generator(SMALL).mapping(normal(1, 3), normal(1, 2))
    conditional = Geometry(
        z_dim=3, w_dim=4, c_dim=2, mapping_layers=1, img_resolution=(4, 4), channels=(2,)
    )
    with pytest.raises(ValueError, match="conditional: give c"):
        random_generator(conditional).mapping(normal(1, 3))


def test_toy_lion_is_float32_whatever_its_file_holds() -> None:
    generator = load_generator("toy-lion")
    assert {tensor.dtype for tensor in generator.state_dict().values()} == {torch.float32}
    assert generator.img_resolution == (256, 256)
    assert generator.num_ws == 14
    assert generator.sha256 == zoo.find("toy-lion").sha256
    with torch.no_grad():
        w_plus = generator.mapping(normal(4, 18), truncation_psi=0.7)
        picture = generator.synthesis(w_plus)
    assert 0.5 < picture.abs().max() < 1.5
    # Four lions differ from each other, and each has a sharp enough outline to be no flat colour.
    assert (picture - picture.roll(1, 0)).abs().mean() > 0.05
    assert picture.std(dim=(1, 2, 3)).min() > 0.2
