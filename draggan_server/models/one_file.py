"""Stable Diffusion 1 in one safetensors file, as its first authors keep it, into a folder of
diffusers.

Both name the same tensors in their own ways. Only tensors are read; what else is in the file, such
as a second copy of the weights from their training, is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from draggan_server.models.diffusion_folder import (
    CONDITIONAL,
    SCHEDULER,
    VOCABULARY,
    weights_names,
)
from stylegan2.errors import CheckpointError

UNET, VAE, TEXT = "model.diffusion_model.", "first_stage_model.", "cond_stage_model.transformer."
LAYERS = 2
"""Residual blocks of a resolution, in the encoder; the decoder has one more."""
CONFIGS: dict[str, dict[str, Any]] = {
    "unet": {
        "_class_name": CONDITIONAL,
        "sample_size": 64,
        "in_channels": 4,
        "out_channels": 4,
        "layers_per_block": LAYERS,
        "block_out_channels": [320, 640, 1280, 1280],
        "down_block_types": [*["CrossAttnDownBlock2D"] * 3, "DownBlock2D"],
        "up_block_types": ["UpBlock2D", *["CrossAttnUpBlock2D"] * 3],
        "cross_attention_dim": 768,
        "attention_head_dim": 8,
    },
    "vae": {
        "_class_name": "AutoencoderKL",
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "up_block_types": ["UpDecoderBlock2D"] * 4,
        "block_out_channels": [128, 256, 512, 512],
        "layers_per_block": LAYERS,
        "latent_channels": 4,
        "sample_size": 512,
        "scaling_factor": 0.18215,
    },
    "text_encoder": {
        "architectures": ["CLIPTextModel"],
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "max_position_embeddings": 77,
        "vocab_size": 49408,
        "hidden_act": "quick_gelu",
        "layer_norm_eps": 1e-5,
    },
}
"""Those of Stable Diffusion 1; a file's own `in_channels` tell one for inpainting."""
_SCHEDULE = {
    "_class_name": "DDIMScheduler",
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "epsilon",
}
_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
}
_ATTENTION = {
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
}
_VAE_ENDS = {
    "mid_block.resnets.0": "mid.block_1",
    "mid_block.resnets.1": "mid.block_2",
    "mid_block.attentions.0": "mid.attn_1",
    "conv_norm_out": "norm_out",
}


def is_one_file(path: Path) -> bool:
    """Whether a safetensors file holds a network as Stable Diffusion has it."""
    try:
        with safe_open(path, framework="np") as file:
            return any(key.startswith(UNET) for key in file.keys())  # noqa: SIM118
    except (OSError, SafetensorError):
        return False  # other readers say what is wrong


def split(path: Path, folder: Path) -> None:
    """Write the folder. Raises `CheckpointError` for a file of another family."""
    try:
        with safe_open(path, framework="np") as file:
            keys = set(file.keys())
            configs = _configs(path, file, keys)
            for part, config in configs.items():
                tensors = {}
                for ours, theirs in _names(part, config, keys):
                    tensor = file.get_tensor(theirs)
                    linear = re.search(r"attentions\.0\.to_\w+(\.0)?\.weight$", ours)
                    if part == "vae" and linear and tensor.ndim == 4:
                        tensor = tensor[:, :, 0, 0]  # a convolution of one pixel
                    tensors[ours] = np.ascontiguousarray(tensor)
                _write(folder / part / "config.json", config)
                save_file(tensors, folder / part / weights_names(part)[0])
    except (SafetensorError, TypeError) as error:  # numpy has not all types
        raise CheckpointError(
            "{name} cannot be read: {error}.", name=path.name, error=error
        ) from None
    _write(folder / SCHEDULER, _SCHEDULE)
    last = configs["text_encoder"]["vocab_size"] - 1
    _write(folder / VOCABULARY, {"<|startoftext|>": last - 1, "<|endoftext|>": last})


def _configs(path: Path, file: Any, keys: set[str]) -> dict[str, dict[str, Any]]:
    def shape(key: str) -> tuple[int, ...]:
        return tuple(file.get_slice(key).get_shape()) if key in keys else ()

    unet, text = CONFIGS["unet"], CONFIGS["text_encoder"]
    first = shape(f"{UNET}input_blocks.0.0.weight")
    words = shape(f"{TEXT}text_model.embeddings.token_embedding.weight")
    wide = shape(f"{UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight")
    if (
        first[:1] != (unet["block_out_channels"][0],)
        or words != (text["vocab_size"], text["hidden_size"])
        or wide[1:] != (unet["cross_attention_dim"],)
        or f"{VAE}decoder.conv_in.weight" not in keys
    ):
        raise CheckpointError(
            "{name} is a diffusion model in one file, and of these only Stable Diffusion 1 can be "
            "read. Get the model as a folder of diffusers.",
            name=path.name,
        )
    return {**CONFIGS, "unet": {**unet, "in_channels": first[1]}}


def _names(part: str, config: dict[str, Any], keys: set[str]) -> Iterable[tuple[str, str]]:
    """Every tensor of a part: its name in the folder, and in the file."""
    prefix = {"unet": UNET, "vae": VAE, "text_encoder": TEXT}[part]
    for key in sorted(key for key in keys if key.startswith(prefix)):
        theirs = key.removeprefix(prefix)
        if part == "unet":
            yield _of_unet(theirs, config), key
        elif part == "vae":
            yield _of_vae(theirs, len(config["block_out_channels"])), key
        elif not theirs.endswith("position_ids"):
            yield theirs, key


def _of_unet(name: str, config: dict[str, Any]) -> str:
    each = config["layers_per_block"] + 1
    if match := re.fullmatch(r"input_blocks\.(\d+)\.(\d)\.(.+)", name):
        number, kind, rest = int(match[1]) - 1, match[2], match[3]
        if number >= 0:
            level, layer = divmod(number, each)
            if layer == config["layers_per_block"]:
                rest = rest.removeprefix("op.")
                return f"down_blocks.{level}.downsamplers.0.conv.{rest}"
            return _of_layer(f"down_blocks.{level}", layer, kind, rest)
    if match := re.fullmatch(r"output_blocks\.(\d+)\.(\d)\.(.+)", name):
        level, layer = divmod(int(match[1]), each)
        kind, rest = match[2], match[3]
        if rest.startswith("conv."):
            return f"up_blocks.{level}.upsamplers.0.{rest}"
        return _of_layer(f"up_blocks.{level}", layer, kind, rest)
    for ours, theirs in _UNET_ENDS.items():
        if name.startswith(f"{theirs}."):
            rest = name.removeprefix(f"{theirs}.")
            return f"{ours}.{_renamed(rest, _RESNET) if 'resnets' in ours else rest}"
    return name


def _of_layer(block: str, layer: int, kind: str, rest: str) -> str:
    if kind == "0":
        return f"{block}.resnets.{layer}.{_renamed(rest, _RESNET)}"
    return f"{block}.attentions.{layer}.{rest}"


def _of_vae(name: str, levels: int) -> str:
    half, _, rest = name.partition(".")
    rest = rest.replace("nin_shortcut", "conv_shortcut")
    if match := re.fullmatch(r"(down|up)\.(\d)\.(block|downsample|upsample)\.(.+)", rest):
        level = int(match[2]) if match[1] == "down" else levels - 1 - int(match[2])
        inside = "resnets." if match[3] == "block" else f"{match[3]}rs.0."
        return f"{half}.{match[1]}_blocks.{level}.{inside}{match[4]}"
    for ours, theirs in _VAE_ENDS.items():
        if rest.startswith(f"{theirs}."):
            end = rest.removeprefix(f"{theirs}.")
            return f"{half}.{ours}.{_renamed(end, _ATTENTION) if 'attentions' in ours else end}"
    return f"{half}.{rest}"


def _renamed(name: str, names: dict[str, str]) -> str:
    for ours, theirs in names.items():
        if name.startswith(f"{theirs}."):
            return f"{ours}.{name.removeprefix(f'{theirs}.')}"
    return name


def _write(path: Path, config: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
