"""From a folder of diffusers to a model. Only safetensors are read, and nothing is run."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch
from torch import nn

from draggan_server.diffusion.autoencoder import Autoencoder, Pixels, Vae
from draggan_server.diffusion.denoiser import PREDICTIONS, Denoiser
from draggan_server.diffusion.memory import check_memory
from draggan_server.diffusion.model import DiffusionModel, beside_latents
from draggan_server.diffusion.prompt import empty_prompt
from draggan_server.models.diffusion_folder import DiffusionFolder
from draggan_server.wire.errors import BadInput
from stylegan2.errors import CheckpointError

logger = logging.getLogger(__name__)

EXTRA = "diffusion"

_OTHER_CONDITIONS = (
    "class_embed_type",
    "num_class_embeds",
    "addition_embed_type",
    "encoder_hid_dim_type",
    "time_cond_proj_dim",
)
"""Keys of a UNet's configuration that say that it is told more than noise and a text."""


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
    dtype = weights_type(device)
    check_memory(folder, device, dtype)
    unet = _part(folder, "unet", diffusers, dtype).to(device)
    config: Any = unet.config
    channels, side = config.out_channels, config.sample_size
    inpainting = config.in_channels == 2 * channels + 1
    if (
        not (config.in_channels == channels or inpainting)
        or any(config.get(name) for name in _OTHER_CONDITIONS)
        or inpainting > ("vae" in folder.parts)
    ):
        raise CheckpointError(
            "The diffusion model {folder} draws by more than noise and text, which cannot be used: "
            "choose another model.",
            folder=path,
        )
    autoencoder: Autoencoder = Pixels()
    if "vae" in folder.parts:
        vae: Any = _part(folder, "vae", diffusers, dtype).to(device)
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
    prompt = beside = None
    if folder.told_by_text:
        prompt = empty_prompt(folder).to(device)
        if prompt.shape[2] != config.cross_attention_dim:
            raise folder.damaged("text_encoder")
    if inpainting:
        gray = torch.zeros(1, 3, *folder.img_resolution, device=device)
        with torch.no_grad():
            beside = beside_latents(gray[:, :1], autoencoder.encode(gray))
    denoiser = Denoiser(unet, scheduler.alphas_cumprod.float(), prediction, prompt, beside)
    size = (channels, side, side)
    return DiffusionModel(denoiser, autoencoder, size, folder.img_resolution, folder.sha256)


def weights_type(device: str | torch.device) -> torch.dtype:
    """Half precision where there are cards for it."""
    return torch.float16 if torch.device(device).type in ("cuda", "xpu") else torch.float32


def _part(folder: DiffusionFolder, part: str, diffusers: Any, dtype: torch.dtype) -> nn.Module:
    name = folder.config(part)["_class_name"]
    variant = "fp16" if ".fp16." in folder.weights[part].name else None
    try:
        kind = getattr(diffusers, name)
    except (ImportError, RuntimeError) as error:  # its parts are imported once they are asked for
        logger.warning("diffusers cannot be imported: %s", error)
        raise BadInput(
            "The package diffusers cannot be imported where it is computed: another package there "
            "does not fit PyTorch, such as torchvision. The log says which. Install that one anew, "
            "or remove it."
        ) from None
    try:
        module, info = kind.from_pretrained(
            folder.path / part,
            use_safetensors=True,
            local_files_only=True,
            low_cpu_mem_usage=False,  # it would need accelerate
            torch_dtype=dtype,
            variant=variant,
            output_loading_info=True,
        )
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        logger.warning("%s/%s cannot be loaded: %s", folder.path, part, error)
        raise folder.damaged(part) from None
    if info["missing_keys"] or info["unexpected_keys"]:
        raise folder.damaged(part)
    loaded: nn.Module = module
    return loaded
