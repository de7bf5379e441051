"""From a folder of diffusers to a model. Only safetensors are read, and nothing is run."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch
from torch import nn

from draggan_server.diffusion.autoencoder import Autoencoder, Pixels, Vae
from draggan_server.diffusion.denoiser import PREDICTIONS, Denoiser
from draggan_server.diffusion.model import DiffusionModel
from draggan_server.models.diffusion_folder import CLASSES, DiffusionFolder
from draggan_server.wire.errors import BadInput
from stylegan2.errors import CheckpointError

logger = logging.getLogger(__name__)

EXTRA = "diffusion"


def load_diffusion(path: Path, device: str | torch.device = "cpu") -> DiffusionModel:
    """Raises `CheckpointError` for a folder that is no model that can be used, `BadInput` where
    diffusers is not installed."""
    folder = DiffusionFolder(path)
    try:
        import diffusers
    except ModuleNotFoundError as error:
        raise BadInput(
            "Diffusion models need {module}, which is not installed where it is computed. Install "
            "it with: pip install 'draggan-server[{extra}]'",
            module=error.name,
            extra=EXTRA,
        ) from None
    unet = _part(folder, "unet", diffusers).to(device)
    config: Any = unet.config
    channels, side = config.in_channels, config.sample_size
    if config.out_channels != channels or config.class_embed_type or config.num_class_embeds:
        raise CheckpointError(
            "The diffusion model {folder} draws by more than noise alone, which cannot be used: "
            "choose another model.",
            folder=path,
        )
    autoencoder: Autoencoder = Pixels()
    if "vae" in folder.parts:
        vae: Any = _part(folder, "vae", diffusers).to(device)
        autoencoder = Vae(vae, vae.config.scaling_factor, vae.config.shift_factor or 0.0)
        channels_of_picture = vae.config.in_channels
        fits = vae.config.latent_channels == channels
    else:
        channels_of_picture, fits = channels, True
    if channels_of_picture != 3 or not fits:
        raise CheckpointError(
            "The diffusion model {folder} does not make pictures in colours: choose another one.",
            folder=path,
        )
    ddim: Any = diffusers.DDIMScheduler
    scheduler = ddim.from_config(folder.scheduler)
    prediction = scheduler.config.prediction_type
    if prediction not in PREDICTIONS:
        raise CheckpointError(
            "The diffusion model {folder} predicts {found}, and only {known} can be used.",
            folder=path,
            found=f"{prediction!s:.80}",
            known=", ".join(PREDICTIONS),
        )
    denoiser = Denoiser(unet, scheduler.alphas_cumprod.float(), prediction)
    size = (channels, side, side)
    return DiffusionModel(denoiser, autoencoder, size, folder.img_resolution, folder.sha256)


def _part(folder: DiffusionFolder, part: str, diffusers: Any) -> nn.Module:
    try:
        module, info = getattr(diffusers, CLASSES[part]).from_pretrained(
            folder.path / part,
            use_safetensors=True,
            local_files_only=True,
            low_cpu_mem_usage=False,  # it would need accelerate
            torch_dtype=torch.float32,
            output_loading_info=True,
        )
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        logger.warning("%s/%s cannot be loaded: %s", folder.path, part, error)
        raise _damaged(folder, part) from None
    if info["missing_keys"] or info["unexpected_keys"]:
        raise _damaged(folder, part)
    loaded: nn.Module = module
    return loaded


def _damaged(folder: DiffusionFolder, part: str) -> CheckpointError:
    return CheckpointError(
        "{file} of the diffusion model {folder} is damaged: get the model anew.",
        file=part,
        folder=folder.path,
    )
