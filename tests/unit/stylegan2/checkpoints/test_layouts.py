"""Whatever the layout, the networks read are those written, and render the same."""

from __future__ import annotations

import dataclasses
import io
import tempfile
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import stylegan2
from stylegan2 import Geometry
from stylegan2.checkpoints.contents import Contents
from stylegan2.checkpoints.reading import read_bytes
from stylegan2.checkpoints.writing import write_safetensors
from tests.unit.stylegan2 import discriminator_oracle, oracle
from tests.unit.stylegan2.checkpoints import layouts, nvlabs_writer, rosinality_writer
from tests.unit.stylegan2.checkpoints.layouts import LAYOUTS, Networks
from tests.unit.stylegan2.generators import random_tensors

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


def read(content: bytes) -> Contents:
    return read_bytes(memoryview(content), io.BytesIO(content))


def normal(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", LAYOUTS)
@given(data=st.data(), seed=st.integers(0, 1000))
@settings(max_examples=12, deadline=None)
def test_it_renders_the_same_picture(name: str, data: st.DataObject, seed: int) -> None:
    layout = LAYOUTS[name]
    networks: Networks = data.draw(layouts.networks(layout.holds))
    contents = read(layout.write(networks))
    assert contents.generator is not None
    assert contents.generator[0] == networks.generator
    if layout.warning is None:
        assert contents.warnings == ()
    else:
        (warning,) = contents.warnings
        assert layout.warning in warning
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.safetensors"
        write_safetensors(contents, path)
        generator = stylegan2.load_generator(path)
        check_pictures(generator, networks, seed)
        if layout.has_discriminator:
            check_logits(stylegan2.load_discriminator(path), networks, seed)
        else:
            with pytest.raises(stylegan2.CheckpointError, match="holds no discriminator"):
                stylegan2.load_discriminator(path)


def check_pictures(generator: stylegan2.Generator, networks: Networks, seed: int) -> None:
    geometry, tensors = networks.generator, networks.generator_tensors
    z = normal(seed, 2, geometry.z_dim)
    c = torch.eye(geometry.c_dim)[:2] if geometry.c_dim else None
    w = oracle.mapping(geometry, tensors, z, c)
    truncated = tensors["mapping.w_avg"] + 0.7 * (w - tensors["mapping.w_avg"])
    w_plus = generator.mapping(z, c, truncation_psi=0.7)
    torch.testing.assert_close(w_plus[:, 0], truncated, **TOLERANCE)
    pictures, _ = oracle.synthesis(geometry, tensors, w_plus, noise=True)
    torch.testing.assert_close(generator.synthesis(w_plus), pictures, **TOLERANCE)


def check_logits(discriminator: stylegan2.Discriminator, networks: Networks, seed: int) -> None:
    geometry, tensors = networks.discriminator, networks.discriminator_tensors
    pictures = normal(seed, 4, geometry.img_channels, *geometry.img_resolution)
    c = torch.eye(geometry.c_dim)[[0, 1, 1, 0]] if geometry.c_dim else None
    expected, _ = discriminator_oracle.logits(geometry, tensors, pictures, c)
    torch.testing.assert_close(discriminator(pictures, c), expected, **TOLERANCE)


PLAIN = Geometry(z_dim=3, w_dim=4, mapping_layers=2, img_resolution=(8, 8), channels=(3, 2))
PLAIN_TENSORS = random_tensors(PLAIN, 0, torch.float32)


def saved(value: object) -> bytes:
    return nvlabs_writer.torch_bytes(value)


def test_without_an_average_latent_the_mean_is_taken() -> None:
    contents = read(saved({"g_ema": rosinality_writer.generator_state(PLAIN, PLAIN_TENSORS)}))
    assert contents.generator is not None
    average = torch.from_numpy(contents.generator[1]["mapping.w_avg"])
    w = oracle.mapping(PLAIN, PLAIN_TENSORS, normal(1, 20_000, PLAIN.z_dim), None)
    assert ((average - w.mean(dim=0)).abs() < 5 * w.std(dim=0) / 4096**0.5).all()
    assert "no average latent" in contents.warnings[0]


def test_without_noise_maps_the_same_ones_are_drawn_each_time() -> None:
    state = rosinality_writer.generator_state(PLAIN, PLAIN_TENSORS, noises=False)
    value = {"g_ema": state, "latent_avg": PLAIN_TENSORS["mapping.w_avg"]}
    first, second = read(saved(value)), read(saved(value))
    assert first.generator is not None
    assert second.generator is not None
    key = "synthesis.b8.conv1.noise_const"
    noise = first.generator[1][key]
    assert noise.shape == (8, 8)
    assert 0.5 < noise.std() < 1.5
    assert (noise == second.generator[1][key]).all()
    assert "no noise maps" in first.warnings[0]


def test_the_network_in_training_is_better_than_none() -> None:
    state = rosinality_writer.generator_state(PLAIN, PLAIN_TENSORS)
    average = PLAIN_TENSORS["mapping.w_avg"]
    for content in (
        saved({"g": state, "latent_avg": average}),
        nvlabs_writer.pickle_bytes({"G": nvlabs_writer.generator_module(PLAIN, PLAIN_TENSORS)}),
    ):
        contents = read(content)
        assert contents.generator is not None
        assert contents.generator[0] == PLAIN
        assert "not its average" in contents.warnings[0]


def test_a_network_alone_and_a_bare_state_dictionary_are_read() -> None:
    state = rosinality_writer.generator_state(PLAIN, PLAIN_TENSORS)
    module = nvlabs_writer.generator_module(PLAIN, PLAIN_TENSORS)
    for content in (saved(state), nvlabs_writer.pickle_bytes(module)):
        contents = read(content)
        assert contents.generator is not None
        assert contents.generator[0] == PLAIN


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_any_floating_type_is_read(tmp_path: Path, dtype: torch.dtype) -> None:
    tensors = {key: value.to(dtype) for key, value in PLAIN_TENSORS.items()}
    contents = read(saved(nvlabs_writer.generator_module(PLAIN, tensors)))
    write_safetensors(contents, tmp_path / "m.safetensors")
    generator = stylegan2.load_generator(tmp_path / "m.safetensors")
    for key, value in generator.synthesis_network.state_dict().items():
        assert torch.equal(value, tensors[f"synthesis.{key}"].to(torch.float32))


def test_views_of_one_storage_are_read() -> None:
    """A transposed weight, and a part of a larger tensor."""
    wide = torch.stack([PLAIN_TENSORS["synthesis.b8.conv1.bias"]] * 2, dim=1)
    tensors = {
        **PLAIN_TENSORS,
        "mapping.fc0.weight": PLAIN_TENSORS["mapping.fc0.weight"].T.contiguous().T,
        "synthesis.b8.conv1.bias": wide[:, 1],
    }
    contents = read(saved(nvlabs_writer.generator_module(PLAIN, tensors)))
    assert contents.generator is not None
    for key, value in PLAIN_TENSORS.items():
        assert (contents.generator[1][key] == value.numpy()).all()


def test_a_whole_module_tells_its_multiplier() -> None:
    state = rosinality_writer.generator_state(PLAIN, PLAIN_TENSORS)
    module = rosinality_writer.module_of(rosinality_writer.Generator(), state, lr_mul=0.5)
    contents = read(rosinality_writer.module_bytes(module))
    assert contents.generator is not None
    assert contents.generator[0] == dataclasses.replace(PLAIN, mapping_lr_multiplier=0.5)


def test_published_tensors_without_buffers_are_completed() -> None:
    """As `named_parameters` gives them."""
    buffers = (".noise_const", ".w_avg")
    state = {key: value for key, value in PLAIN_TENSORS.items() if not key.endswith(buffers)}
    contents = read(saved({"G_ema": state}))
    assert contents.generator is not None
    assert contents.generator[1]["synthesis.b8.conv1.noise_const"].shape == (8, 8)
    assert contents.generator[1]["mapping.w_avg"].shape == (PLAIN.w_dim,)
    assert ["no noise maps" in warning for warning in contents.warnings] == [False, True, False]
    assert "no average latent" in contents.warnings[2]
