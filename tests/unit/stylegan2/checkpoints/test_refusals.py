"""What is no StyleGAN2 checkpoint is refused by name, each kind with its own sentence."""

from __future__ import annotations

import io
from typing import Any

import pytest
import torch

from stylegan2 import CheckpointError, Geometry
from stylegan2.checkpoints.contents import Contents
from stylegan2.checkpoints.reading import read_bytes
from tests.unit.stylegan2.checkpoints import (
    nvlabs_writer,
    rosinality_writer,
    tensorflow_writer,
)
from tests.unit.stylegan2.checkpoints.layouts import LAYOUTS
from tests.unit.stylegan2.checkpoints.tiny import tiny
from tests.unit.stylegan2.generators import random_tensors

GEOMETRY = Geometry(z_dim=3, w_dim=4, mapping_layers=2, img_resolution=(8, 8), channels=(3, 2))


def read(content: bytes) -> Contents:
    return read_bytes(memoryview(content), io.BytesIO(content))


@pytest.fixture
def tensors() -> dict[str, torch.Tensor]:
    return random_tensors(GEOMETRY, 0, torch.float32)


def nvlabs(tensors: dict[str, torch.Tensor], **attributes: Any) -> bytes:
    module = nvlabs_writer.generator_module(GEOMETRY, tensors)
    module.children["synthesis"].children["b8"].children["conv1"].attributes |= attributes
    return nvlabs_writer.pickle_bytes({"G_ema": module})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE html><html><body>404", "It is a web page"),
        (b"\n  <html>\n<head><title>Google Drive - Virus scan warning", "It is a web page"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied', "It is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a", "a Git LFS pointer"),
        (b"\x1f\x8b\x08\x00", "compressed by gzip"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"not found", "no checkpoint of a known format"),
        (b"\x80", "cut short"),
        (b"\x80\x04N.", "no StyleGAN2 network in any known layout"),
    ],
)
def test_what_is_no_checkpoint_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(CheckpointError, match=reason):
        read(content)


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_truncated_download_is_called_that(name: str, share: float) -> None:
    content = LAYOUTS[name].write(tiny(2))
    with pytest.raises(CheckpointError, match=r"cut short.*Download it again"):
        read(content[: int(share * len(content))])


def stylegan3() -> bytes:
    tensors = {"synthesis.input.freqs": torch.zeros(4, 2), "mapping.w_avg": torch.zeros(4)}
    return nvlabs_writer.pickle_bytes(
        {
            "G_ema": nvlabs_writer.Module(
                "Generator",
                children={
                    "synthesis": nvlabs_writer.Module(
                        "SynthesisNetwork",
                        children={
                            "input": nvlabs_writer.Module(
                                "SynthesisInput",
                                buffers={"freqs": tensors["synthesis.input.freqs"]},
                            ),
                        },
                    ),
                },
            )
        }
    )


def another_class() -> bytes:
    return nvlabs_writer.pickle_bytes({"G_ema": nvlabs_writer.Module("LightweightGAN")})


def eg3d() -> bytes:
    backbone = nvlabs_writer.Module("Generator", parameters={"weight": torch.zeros(3)})
    module = nvlabs_writer.Module("TriPlaneGenerator", children={"backbone": backbone})
    return nvlabs_writer.pickle_bytes({"G_ema": module})


def saved(value: object) -> bytes:
    return nvlabs_writer.torch_bytes(value)


def tensorflow(*names: str) -> bytes:
    variables = {name: torch.zeros(3).numpy() for name in names}
    return tensorflow_writer.pickle_bytes((tensorflow_writer.Network("Gs", variables, {}),))


@pytest.mark.parametrize(
    ("content", "family"),
    [
        (stylegan3(), "StyleGAN3"),
        (saved({"synthesis.input.weight": torch.zeros(3)}), "StyleGAN3"),
        (eg3d(), "EG3D"),
        (saved({"G_ema": {"backbone.synthesis.b4.const": torch.zeros(3)}}), "EG3D"),
        (saved({"G_ema": {"module.synthesis.input.freqs": torch.zeros(3)}}), "StyleGAN3"),
        (another_class(), "a network of the class 'LightweightGAN'"),
        (tensorflow("synthesis/4x4/Conv/StyleMod/weight"), "StyleGAN1"),
        (tensorflow("4x4/Conv/weight"), "ProGAN"),
        (saved({"generator": {"progression.0.conv1.conv.weight": torch.zeros(3)}}), "StyleGAN1"),
        (
            saved({"GAN": {"G.blocks.0.to_style1.weight": torch.zeros(3)}, "version": "1.5.1"}),
            "lucidrains",
        ),
    ],
)
def test_other_families_are_known_by_name(content: bytes, family: str) -> None:
    description = read(content).describe()
    assert family in description.family
    assert description.geometry is None
    assert not description.has_generator
    assert family in description.warnings[0]
    assert "runs StyleGAN2 generators only" in description.warnings[0]


def test_tensors_that_do_not_fit_are_named(tensors: dict[str, torch.Tensor]) -> None:
    key = "synthesis.b8.conv0.weight"
    with pytest.raises(CheckpointError, match=f"lacks the tensor '{key}'"):
        read(nvlabs({name: value for name, value in tensors.items() if name != key}))
    with pytest.raises(CheckpointError, match=rf"'{key}' has the shape \[2, 3, 5, 5\]"):
        read(nvlabs({**tensors, key: torch.zeros(2, 3, 5, 5)}))
    with pytest.raises(CheckpointError, match=rf"'{key}' has the shape \[5\]"):
        read(nvlabs({**tensors, key: torch.zeros(5)}))


def test_a_tensor_with_and_without_a_prefix_is_refused(tensors: dict[str, torch.Tensor]) -> None:
    twice = {**tensors, "module.mapping.w_avg": torch.zeros(4)}
    with pytest.raises(CheckpointError, match=r"tensor 'mapping\.w_avg' twice"):
        read(saved({"G_ema": twice}))


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"conv_clamp": 5}, "do not agree on one conv_clamp"),
        ({"conv_clamp": "x"}, "do not agree on one conv_clamp"),
        ({"activation": "swish"}, "something else than leaky ReLU"),
    ],
)
def test_layers_that_differ_are_refused(
    tensors: dict[str, torch.Tensor], attributes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(CheckpointError, match=reason):
        read(nvlabs(tensors, **attributes))


def test_another_low_pass_is_refused(tensors: dict[str, torch.Tensor]) -> None:
    key = "synthesis.b8.conv1.resample_filter"
    module = nvlabs_writer.generator_module(GEOMETRY, tensors)
    layer = module.children["synthesis"].children["b8"].children["conv1"]
    layer.buffers["resample_filter"] = torch.ones(4, 4) / 16
    with pytest.raises(CheckpointError, match=rf"low-pass '{key}' is not \[1, 3, 3, 1\]"):
        read(nvlabs_writer.pickle_bytes(module))


@pytest.mark.parametrize("count", [0, 2, 5])
def test_pictures_of_other_channels_are_refused(
    tensors: dict[str, torch.Tensor], count: int
) -> None:
    tensors["synthesis.b8.torgb.weight"] = torch.zeros(count, 2, 1, 1)
    with pytest.raises(CheckpointError, match=f"pictures have {count} colour channels"):
        read(nvlabs(tensors))


def test_colours_that_do_not_agree_are_named(tensors: dict[str, torch.Tensor]) -> None:
    tensors["synthesis.b8.torgb.weight"] = torch.zeros(4, 2, 1, 1)
    with pytest.raises(CheckpointError, match=r"b4\.torgb\.weight' has the shape \[3, 3"):
        read(nvlabs(tensors))


def test_labels_in_the_old_way_are_refused() -> None:
    content = tensorflow("synthesis/4x4/Const/const", "mapping/LabelConcat/weight")
    with pytest.raises(CheckpointError, match="label is appended before the latent is normalised"):
        read(content)


def test_a_discriminator_that_cannot_be_run_is_left_out(tensors: dict[str, torch.Tensor]) -> None:
    bad = {"b8.fromrgb.weight": torch.zeros(2, 1, 1, 1), "b8.conv0.weight": torch.zeros(2, 2, 3, 3)}
    module = nvlabs_writer.Module(
        "Discriminator",
        children={
            "b8": nvlabs_writer.Module(
                "Block",
                children={
                    name: nvlabs_writer.Module(
                        "Layer", parameters={"weight": bad[f"b8.{name}.weight"]}
                    )
                    for name in ("fromrgb", "conv0")
                },
            )
        },
    )
    generator = nvlabs_writer.generator_module(GEOMETRY, tensors)
    contents = read(nvlabs_writer.pickle_bytes({"G_ema": generator, "D": module}))
    assert contents.generator is not None
    assert contents.discriminator is None
    assert (
        "discriminator cannot be run and is left out: It lacks the tensor 'b4.conv.weight'"
        in contents.warnings[0]
    )


@pytest.mark.parametrize("group", ["x", ((), ()), 0, 1 << 80])
def test_sizes_that_are_none_are_refused(group: Any) -> None:
    networks = tiny(2)
    module = nvlabs_writer.discriminator_module(
        networks.discriminator, networks.discriminator_tensors
    )
    module.children["b4"].children["mbstd"].attributes["group_size"] = group
    with pytest.raises(CheckpointError, match=r"size of groups|mbstd_group_size"):
        read(nvlabs_writer.pickle_bytes({"D": module}))


def test_a_discriminator_alone_is_described() -> None:
    networks = tiny(2)
    module = nvlabs_writer.discriminator_module(
        networks.discriminator, networks.discriminator_tensors
    )
    state = rosinality_writer.discriminator_state(
        networks.discriminator, networks.discriminator_tensors
    )
    for content in (nvlabs_writer.pickle_bytes({"D": module}), saved({"d": state})):
        description = read(content).describe()
        assert description.has_discriminator
        assert not description.has_generator
        assert description.geometry is None
