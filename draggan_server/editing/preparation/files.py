"""Where surveys are kept: the default model's in the program, others in the user's cache folder."""

from __future__ import annotations

import logging
from pathlib import Path

import platformdirs
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from draggan_server.editing.preparation.feature_statistics import FeatureSums
from draggan_server.editing.preparation.picture_metric import PictureMetric
from draggan_server.editing.preparation.survey import Survey
from stylegan2.generator import Generator
from stylegan2.whole_file import written_whole

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "surveys"
VERSION = 1
"""Raised when the survey of a model becomes another."""


def cache_folder() -> Path:
    """Where surveys that were made here lie. It may be deleted at any time."""
    return platformdirs.user_cache_path("draggan") / "surveys"


def file_name(generator: Generator) -> str:
    return f"{generator.sha256}-{VERSION}.safetensors"


def find(generator: Generator) -> Survey | None:
    """The survey of a generator that lies in one of the folders, whole or begun."""
    for folder in (SHIPPED, cache_folder()):
        path = folder / file_name(generator)
        if not path.is_file():
            continue
        try:
            return load(path, generator)
        except (OSError, SafetensorError, ValueError) as error:
            logger.warning("%s cannot be read and is made again: %s", path, error)
    return None


def keep(generator: Generator, survey: Survey) -> None:
    """Write what `find` finds; a folder that cannot be written to is only logged."""
    if generator.sha256:
        path = cache_folder() / file_name(generator)
        try:
            save(survey, path)
        except OSError as error:
            # It costs the next start some time, and this drag nothing.
            logger.warning("%s cannot be written: %s", path, error)


def save(survey: Survey, path: Path) -> None:
    """Write a survey, to half precision of the largest value. Raises `OSError`."""
    tensors = {"probes": survey.metric.probes}
    for block, sums in survey.sums.items():
        if sums.count:
            tensors |= {f"mean.{block}": sums.mean, f"square.{block}": sums.square}
    counts = {str(block): str(sums.count) for block, sums in survey.sums.items() if sums.count}
    stored: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        scale = tensor.abs().amax().float().clamp(min=torch.finfo(torch.float32).tiny)
        stored |= {name: (tensor / scale).half(), f"{name}.scale": scale}
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as unfinished:
        save_file(stored, unfinished, metadata=counts)


def load(path: Path, generator: Generator) -> Survey:
    """Read a survey. Raises `OSError`, or `SafetensorError` or `ValueError` for any other file."""
    geometry = generator.geometry
    with safe_open(path, framework="pt") as file:

        def read(name: str, *shape: int) -> torch.Tensor:
            tensor: torch.Tensor = (
                file.get_tensor(name).float() * file.get_tensor(f"{name}.scale").float()
            )
            if tensor.shape[-len(shape) :] != shape or not bool(tensor.isfinite().all()):
                raise ValueError(f"{name} is not this model's")
            return tensor

        metric = PictureMetric(read("probes", generator.num_ws, generator.w_dim))
        survey = Survey(metric, {})
        for key, count in (file.metadata() or {}).items():
            index = geometry.block_index(int(key))
            channels = geometry.channels[index]
            mean = read(f"mean.{key}", 1, *geometry.block_size(index), channels)
            survey.sums[int(key)] = FeatureSums(int(count), mean, read(f"square.{key}", channels))
    return survey
