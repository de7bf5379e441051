"""How much pictures change with their latent: the metric that `newton` minimises.

G = E_z[J'J], J the derivative of the picture's colours with respect to w+, is what a small move of
w+ changes on average over the model's pictures. Random vectors v make a low-rank factor of it: the
mean of (J'v)(J'v)' is J'J, at the price of a backward pass each.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from weakref import WeakKeyDictionary

import platformdirs
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from draggan_server.editing.pixels import as_seen
from stylegan2.generator import Generator
from stylegan2.whole_file import written_whole

logger = logging.getLogger(__name__)

PROBES = 256
"""Pictures, and vectors, that the factor is made of. With 96 instead of 256, drags of the toy lion
change 15% more of the picture elsewhere."""

SHIPPED = Path(__file__).parent / "metrics"
SEED = 3
VERSION = 1
"""Raised when the factor of a model becomes another."""

_KNOWN: WeakKeyDictionary[Generator, torch.Tensor] = WeakKeyDictionary()


def prepare(generator: Generator) -> Iterator[float]:
    """Make `picture_metric` ready, yielding after each picture how much of it is done, 0 to 1.

    That is done once a model and takes as long as a few hundred pictures; the result is kept in the
    user's cache folder, that of the default model comes with the program. Nothing is yielded where
    it is there.
    """
    if generator in _KNOWN:
        return
    factor = _find(generator)
    if factor is None:
        probes = []
        for probe in _probes(generator):
            probes.append(probe)
            yield len(probes) / PROBES
        factor = torch.cat(probes) / PROBES**0.5
        if generator.sha256:
            save(factor, cache_folder() / file_name(generator))
    remember(generator, factor)


def picture_metric(generator: Generator) -> torch.Tensor:
    """U [PROBES, num_ws, w_dim], on the processor, with U'U an estimate of G.

    A move d of w+ changes the mean square of a pixel, summed over its colours in [-1, 1] and its
    alpha if there is one, by |U d|^2 on average. Colours count as they are seen: premultiplied.
    """
    for _ in prepare(generator):
        pass
    return _KNOWN[generator]


def _probes(generator: Generator) -> Iterator[torch.Tensor]:
    random = torch.Generator().manual_seed(SEED)
    height, width = generator.img_resolution
    for _ in range(PROBES):
        w_plus = generator.draw(1, random).requires_grad_(True)
        with torch.enable_grad():
            picture = _seen(generator.synthesis(w_plus))
        vector = torch.randn(picture.shape, generator=random).to(picture)
        (gradient,) = torch.autograd.grad(picture, w_plus, vector)
        yield gradient.cpu() / (height * width) ** 0.5


def _seen(picture: torch.Tensor) -> torch.Tensor:
    """[1, C, H, W] in [-1, 1], its colours premultiplied by the alpha of a fourth channel."""
    if picture.shape[1] != 4:
        return picture
    colours, alpha = (picture[:, :3] + 1) / 2, ((picture[:, 3:] + 1) / 2).clamp(0, 1)
    return as_seen(torch.cat([colours, alpha], dim=1)) * 2 - 1


def remember(generator: Generator, factor: torch.Tensor) -> None:
    """Take `factor` [PROBES, num_ws, w_dim] for this generator's, in this process."""
    _KNOWN[generator] = factor


def cache_folder() -> Path:
    """Where metrics that were made here lie. It may be deleted at any time."""
    return platformdirs.user_cache_path("draggan") / "metrics"


def file_name(generator: Generator) -> str:
    return f"{generator.sha256}-{VERSION}.safetensors"


def save(factor: torch.Tensor, path: Path) -> None:
    """Write what `prepare` finds; a folder that cannot be written to is only logged."""
    scale = factor.abs().amax()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as unfinished:
            save_file({"factor": (factor / scale).half(), "scale": scale}, unfinished)
    except OSError as error:
        # It costs the next start some time, and this drag nothing.
        logger.warning("%s cannot be written: %s", path, error)


def _find(generator: Generator) -> torch.Tensor | None:
    expected = (PROBES, generator.num_ws, generator.w_dim)
    for folder in (SHIPPED, cache_folder()):
        path = folder / file_name(generator)
        if not path.is_file():
            continue
        try:
            tensors = load_file(path)
            factor = tensors["factor"].float() * tensors["scale"]
        except (OSError, SafetensorError, KeyError) as error:
            logger.warning("%s cannot be read and is made again: %s", path, error)
            continue
        if factor.shape == expected and bool(factor.isfinite().all()):
            return factor
        logger.warning("%s is not this model's and is made again", path)
    return None
