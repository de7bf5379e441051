"""Fits the reader of the toy lion: `python -m draggan_server.bench.reader.fitting FOLDER`.

Half of what it sees are renderings, some of them softened and noisy; the other half are pictures of
the default model, whose landmarks are known since the model was fitted to the same z. FOLDER keeps
the renderings. To be run again when the default model is another.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional

from draggan_server.bench.progress import Bar
from draggan_server.bench.reader.checking import (
    KnownPictures,
    generate_known,
    landmark_errors,
    parameter_errors,
)
from draggan_server.bench.reader.reader import (
    CELL,
    SIDE,
    WEIGHTS,
    Reader,
    ReaderNetwork,
    cell_centres,
)
from draggan_server.models import zoo
from draggan_server.models.loading import load_generator
from stylegan2.toy_lion import parameters
from stylegan2.toy_lion.character import ToyLion
from stylegan2.toy_lion.pictures import make_pictures

BATCH = 32
LEARNING_RATE = 2e-3
HELD_OUT = 512
_RENDERING_SEED = 77
_GENERATED_SEED = 78


def render_known(folder: Path, count: int) -> KnownPictures:
    """Renderings and their mirror images."""
    lion = ToyLion()
    with Bar(count, "Rendering") as bar:
        made = make_pictures(
            folder,
            lion,
            SIDE,
            count,
            seed=_RENDERING_SEED,
            on_chunk=bar.reach,
        )
    rows = lion.from_latent(made.z)
    pictures = torch.from_numpy(made.pixels).permute(0, 3, 1, 2)
    return KnownPictures.of(
        torch.cat([pictures, pictures.flip(3)]), np.concatenate([rows, parameters.mirrored(rows)])
    )


def spoil(pictures: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """8-bit pictures to [-1, 1], half of them softened, all with a little noise."""
    pictures = pictures.float() / 127.5 - 1
    sigma = float(torch.rand((), generator=random)) * 1.6 + 0.4
    taps = torch.exp(-(torch.arange(-4, 5) ** 2) / (2 * sigma**2))
    taps = (taps / taps.sum()).expand(3, 1, 1, 9)
    half = len(pictures) // 2
    soft = functional.pad(pictures[:half], (4, 4, 4, 4), mode="replicate")
    soft = functional.conv2d(functional.conv2d(soft, taps, groups=3), taps.mT, groups=3)
    noise = torch.randn(pictures.shape, generator=random) * 0.04
    return torch.cat([soft, pictures[half:]]) + noise


def loss(network: ReaderNetwork, pictures: torch.Tensor, truth: KnownPictures) -> torch.Tensor:
    """Cross entropy of heat maps and visibility, and squared error of the parameters."""
    cells, seen, shares = network(pictures)
    size = SIDE // CELL
    near = [
        torch.exp(-((cell_centres(size) - truth.points[..., axis, None]) ** 2) / (2 * CELL**2))
        for axis in (0, 1)
    ]  # [N, L, size] each
    wanted = near[1][..., :, None] * near[0][..., None, :] + 1e-12
    wanted = (wanted / wanted.sum(dim=(2, 3), keepdim=True)).flatten(2)
    entropy = -(wanted * cells.flatten(2).log_softmax(dim=2)).sum(dim=2)
    where = (entropy * truth.visible).sum() / truth.visible.sum()
    whether = functional.binary_cross_entropy_with_logits(seen, truth.visible.float())
    total: torch.Tensor = where + 0.3 * whether + 20 * functional.mse_loss(shares, truth.shares)
    return total


def batches(
    known: tuple[KnownPictures, KnownPictures], seed: int
) -> Iterator[tuple[torch.Tensor, KnownPictures]]:
    """Without end: half a batch of each sheet, the first one spoiled."""
    random = torch.Generator().manual_seed(seed)
    while True:
        some = [
            sheet.part(torch.randint(len(sheet.pictures), (BATCH // 2,), generator=random))
            for sheet in known
        ]
        rendered = spoil(some[0].pictures, random)
        generated = some[1].pictures.float() / 127.5 - 1
        yield (
            torch.cat([rendered, generated]),
            KnownPictures(
                some[0].pictures,
                torch.cat([part.points for part in some]),
                torch.cat([part.visible for part in some]),
                torch.cat([part.shares for part in some]),
            ),
        )


def fit(known: tuple[KnownPictures, KnownPictures], steps: int, seed: int = 0) -> ReaderNetwork:
    """Adam for so many steps, the rate falling by a cosine."""
    torch.manual_seed(seed)
    network = ReaderNetwork().train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=1e-3)
    with Bar(steps, "Fitting") as bar:
        for step, (pictures, truth) in enumerate(islice(batches(known, seed), steps)):
            share = step / steps
            for group in optimiser.param_groups:
                group["lr"] = LEARNING_RATE * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)
            value = loss(network, pictures, truth)
            optimiser.zero_grad()
            torch.autograd.backward(value)
            optimiser.step()
            bar.advance(f"Fitting, loss {float(value.detach()):.2f}")
    return network.eval()


def write(network: ReaderNetwork, held_out: dict[str, KnownPictures], model_sha256: str) -> Reader:
    """Write the weights as float16, with the errors of just these on the held-out pictures."""
    state = {
        key: value.half().contiguous()
        for key, value in network.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    network.load_state_dict({key: value.float() for key, value in state.items()}, strict=False)
    reader = Reader(network, {})
    card = {
        "made_by": "draggan_server/bench/reader/fitting.py",
        "licence": "CC0-1.0",
        "model_sha256": model_sha256,
        "held_out": HELD_OUT,
        "pixels_of": SIDE,
        "landmarks": {name: landmark_errors(reader, sheet) for name, sheet in held_out.items()},
        "parameters": {name: parameter_errors(reader, sheet) for name, sheet in held_out.items()},
    }
    save_file(state, WEIGHTS, metadata={"card": json.dumps(card)})
    return Reader(network, card)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--steps", default=1200, show_default=True, help="A third of a second each.")
@click.option("--renderings", default=5632, show_default=True, help="Pictures of the renderer.")
@click.option("--generated", default=4096, show_default=True, help="Pictures of the model.")
def main(folder: Path, steps: int, renderings: int, generated: int) -> None:
    """Fit the reader and write its weights into this package."""
    model = zoo.find(zoo.DEFAULT_MODEL)
    known = {
        "rendered": render_known(folder, renderings),
        "generated": generate_known(load_generator(model.name), generated, _GENERATED_SEED),
    }
    # A mirror image of what is held out must not be seen either.
    count = len(known["rendered"].pictures) // 2
    kept = torch.cat([torch.arange(count - HELD_OUT), count + torch.arange(count - HELD_OUT)])
    held_out = {
        "rendered": known["rendered"].part(slice(count - HELD_OUT, count)),
        "generated": known["generated"].part(slice(-HELD_OUT, None)),
    }
    seen = (known["rendered"].part(kept), known["generated"].part(slice(None, -HELD_OUT)))
    reader = write(fit(seen, steps), held_out, model.sha256)
    click.echo(json.dumps(reader.card, indent=1))


if __name__ == "__main__":
    main()
