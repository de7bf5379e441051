"""Stable Diffusion in one file: every tensor is found, and is where diffusers has it, too."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file

from draggan_server.diffusion.loading import load_diffusion
from draggan_server.models import installation, one_file, zoo
from draggan_server.models.public_models import ANY_PICTURE
from stylegan2 import CheckpointError
from tests.unit.diffusion.tiny import CLIP, save_told_model

ENDS = ("weight", "bias")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setattr(zoo, "user_folder", lambda: folder)
    return folder


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the form of Stable Diffusion, but small; its kind is what is known."""
    made = save_told_model(tmp_path / "tiny", inpainting=True, layers=one_file.LAYERS)
    configs = {
        part: json.loads((made / part / "config.json").read_text()) for part in one_file.CONFIGS
    }
    known = {**configs, "unet": {**configs["unet"], "in_channels": 4}}
    monkeypatch.setattr(one_file, "CONFIGS", known)
    return made


def unet_names() -> list[str]:
    """All that a network may have as its first authors name it, and more."""
    resnet = [f"{theirs}.{end}" for theirs in one_file._RESNET.values() for end in ENDS]
    blocks = "transformer_blocks.0"
    inside = [f"{blocks}.{name}" for name in ("norm1", "norm2", "norm3", "ff.net.0.proj")]
    inside += [f"{blocks}.ff.net.2", "norm", "proj_in", "proj_out"]
    inside += [
        f"{blocks}.{one}.{name}"
        for one, name in product(("attn1", "attn2"), ("to_q", "to_k", "to_v", "to_out.0"))
    ]
    attention = [f"{name}.{end}" for name in inside for end in ENDS]
    names = [f"{theirs}.{end}" for theirs in one_file._UNET_ENDS.values() for end in ENDS]
    names += [f"middle_block.{n}.{rest}" for n in (0, 2) for rest in resnet]
    names += [f"middle_block.1.{rest}" for rest in attention]
    for half, number in product(("input_blocks", "output_blocks"), range(12)):
        names += [f"{half}.{number}.0.{rest}" for rest in (*resnet, "op.weight", "op.bias")]
        names += [f"{half}.{number}.1.{rest}" for rest in attention]
        if number % 3 == 2:
            names += [f"{half}.{number}.{n}.conv.{end}" for n in (1, 2) for end in ENDS]
    return names


def vae_names() -> list[str]:
    inside = ("norm1", "conv1", "norm2", "conv2", "nin_shortcut")
    resnet = [f"{name}.{end}" for name in inside for end in ENDS]
    names = [f"{name}.{end}" for name in ("quant_conv", "post_quant_conv") for end in ENDS]
    for half, way in (("encoder", "down"), ("decoder", "up")):
        ends = ("conv_in", "norm_out", "conv_out")
        names += [f"{half}.{name}.{end}" for name in ends for end in ENDS]
        names += [f"{half}.mid.block_{n}.{rest}" for n in (1, 2) for rest in resnet]
        parts = ("norm", "q", "k", "v", "proj_out")
        names += [f"{half}.mid.attn_1.{name}.{end}" for name in parts for end in ENDS]
        for level in range(3):
            names += [f"{half}.{way}.{level}.block.{n}.{rest}" for n in range(3) for rest in resnet]
            names += [f"{half}.{way}.{level}.{way}sample.conv.{end}" for end in ENDS]
    return names


def as_one_file(folder: Path, path: Path) -> Path:
    """The folder's tensors in one file, under their first names."""
    tensors: dict[str, torch.Tensor] = {}
    unet = load_file(folder / "unet/diffusion_pytorch_model.safetensors")
    for name in unet_names():
        ours = one_file._of_unet(name, one_file.CONFIGS["unet"])
        upsampler = ours.split(".upsamplers.")[0]
        attends = any(key.startswith(f"{upsampler}.attentions.") for key in unet)
        if "output_blocks" in name and ".conv." in name and name.split(".")[2] != "12"[attends]:
            continue  # it comes after what the block has besides
        if ours in unet:
            tensors[one_file.UNET + name] = unet[ours]
    assert len(tensors) == len(unet)
    vae = load_file(folder / "vae/diffusion_pytorch_model.safetensors")
    for name in vae_names():
        ours = one_file._of_vae(name, 2)
        if ours in vae:
            flat = vae[ours]
            if ".attn_1." in name and flat.dim() == 2:
                flat = flat[:, :, None, None].contiguous()
            tensors[one_file.VAE + name] = flat
    assert len(tensors) == len(unet) + len(vae)
    for name, tensor in load_file(folder / "text_encoder/model.safetensors").items():
        tensors[one_file.TEXT + name] = tensor
    numbers = torch.arange(CLIP.max_position_embeddings)[None]
    tensors[f"{one_file.TEXT}text_model.embeddings.position_ids"] = numbers
    tensors["model_ema.diffusion_modelout2bias"] = torch.ones(4)
    save_file(tensors, path)
    return path


def test_it_becomes_the_folder_that_it_is_made_of(tiny: Path, tmp_path: Path) -> None:
    file = as_one_file(tiny, tmp_path / "all.safetensors")
    model = installation.add_file(file, "all").model
    assert (model.kind, model.subject) == ("diffusion", ANY_PICTURE)
    for part in ("unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model"):
        wanted, found = (load_file(at / f"{part}.safetensors") for at in (tiny, model.path))
        assert wanted.keys() == found.keys()
        assert all(torch.equal(wanted[name], found[name]) for name in wanted)
    z = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    one, other = (load_diffusion(path).denoiser.noise(z, 300) for path in (tiny, model.path))
    torch.testing.assert_close(one, other)


def test_diffusers_reads_the_same_of_it(tiny: Path, tmp_path: Path) -> None:
    """By its own table of names."""
    file = as_one_file(tiny, tmp_path / "all.safetensors")
    installation.add_file(file, "all")
    classes: tuple[tuple[str, Any], ...] = (("unet", UNet2DConditionModel), ("vae", AutoencoderKL))
    for part, made in classes:
        theirs = made.from_single_file(
            str(file), config=str(tiny), subfolder=part, local_files_only=True
        ).state_dict()
        ours = load_file(zoo.find("all").path / part / "diffusion_pytorch_model.safetensors")
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_what_is_another_family_in_one_file_is_refused(
    tiny: Path, tmp_path: Path, folder: Path
) -> None:
    file = as_one_file(tiny, tmp_path / "all.safetensors")
    tensors = load_file(file)
    del tensors["cond_stage_model.transformer.text_model.embeddings.token_embedding.weight"]
    save_file(tensors, file)
    with pytest.raises(CheckpointError, match="only Stable Diffusion 1 can be read"):
        installation.add_file(file, "other")
    assert zoo.list_diffusion() == []


def test_one_that_may_run_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sd-v1-5.ckpt"
    torch.save({"state_dict": {f"{one_file.UNET}out.2.bias": torch.ones(4)}}, path)
    with pytest.raises(CheckpointError, match=r"sd-v1-5\.ckpt holds no.*get it as safetensors"):
        installation.add_file(path, "sd")
    assert zoo.list_diffusion() == []
