"""Diffusion models of a few channels and random weights, saved as diffusers saves its own."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    PNDMScheduler,
    UNet2DConditionModel,
    UNet2DModel,
)
from safetensors.torch import save_file

from draggan_server.diffusion.clip_text import ClipGeometry, ClipText
from draggan_server.diffusion.prompt import END, START

SIDE = 32
CLIP = ClipGeometry(
    vocab_size=4,
    hidden_size=8,
    intermediate_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    max_position_embeddings=6,
)


def save_pixel_model(folder: Path, side: int = SIDE, channels: int = 3) -> Path:
    """One that works on the pixels."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        unet = UNet2DModel(
            sample_size=side,
            in_channels=channels,
            out_channels=channels,
            layers_per_block=1,
            block_out_channels=(8, 16, 16),
            down_block_types=("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
            up_block_types=("AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
            norm_num_groups=4,
            attention_head_dim=8,
        )
    unet.save_pretrained(folder / "unet")
    DDIMScheduler(num_train_timesteps=1000).save_pretrained(folder / "scheduler")
    return folder


def save_latent_model(folder: Path, layers: int = 1) -> Path:
    """One that works on the latents of an autoencoder, of half the pixels a side."""
    save_pixel_model(folder, SIDE // 2, channels=4)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            block_out_channels=(8, 8),
            layers_per_block=layers,
            latent_channels=4,
            norm_num_groups=4,
            sample_size=SIDE,
        )
    vae.save_pretrained(folder / "vae")
    return folder


def save_told_model(folder: Path, *, inpainting: bool = False, layers: int = 1) -> Path:
    """One in the form of Stable Diffusion 1.5: told by a text, on latents of half the pixels."""
    save_latent_model(folder, layers)
    shutil.rmtree(folder / "unet")
    with torch.random.fork_rng():
        torch.manual_seed(2)
        unet = UNet2DConditionModel(
            sample_size=SIDE // 2,
            in_channels=9 if inpainting else 4,
            out_channels=4,
            layers_per_block=layers,
            block_out_channels=(8, 16, 16),
            down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
            cross_attention_dim=CLIP.hidden_size,
            attention_head_dim=2,
            norm_num_groups=4,
        )
        encoder = ClipText(CLIP)
    unet.save_pretrained(folder / "unet")
    PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True
    ).save_pretrained(folder / "scheduler")
    (folder / "text_encoder").mkdir()
    config = {"architectures": ["CLIPTextModel"], **asdict(CLIP)}
    (folder / "text_encoder/config.json").write_text(json.dumps(config))
    save_file(encoder.state_dict(), folder / "text_encoder/model.safetensors")
    (folder / "tokenizer").mkdir()
    words = ("a</w>", "lion</w>", START, END)
    (folder / "tokenizer/vocab.json").write_text(json.dumps({w: n for n, w in enumerate(words)}))
    return folder
