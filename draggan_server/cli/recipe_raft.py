"""`draggan recipe raft`."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.cli.extras import needs_extra


@click.command()
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the weights.",
)
@click.option(
    "--pairs",
    "count",
    type=click.IntRange(min=1),
    default=1024,
    show_default=True,
    help="Pairs of renderings to fit to.",
)
@click.option(
    "--steps", type=click.IntRange(min=1), default=1300, show_default=True, help="Of the fit."
)
@click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Of PyTorch."
)
def raft(out: Path, count: int, steps: int, threads: int) -> None:
    """Fit the tracker raft to the toy lion's exact motion, and write lion_raft.safetensors.

    With the defaults it takes nine minutes of one core.
    """
    with needs_extra("recipe"):
        import torch

        from draggan_server.bench.progress import Bar
        from draggan_server.bench.tracking import fitting
        from draggan_server.bench.tracking.pairs import make_pairs
        from draggan_server.editing.trackers.fitted import write_fitted
        from draggan_server.editing.trackers.flow import SIDE, WEIGHTS
        from stylegan2.toy_lion.character import ToyLion

    torch.set_num_threads(threads)
    unseen = max(1, min(count // 16, fitting.HELD_OUT))
    with Bar(count + unseen, "Rendering") as bar:
        known = make_pairs(count, fitting.SEED, SIDE, bar.advance)
        held_out = make_pairs(unseen, fitting.HELD_OUT_SEED, SIDE, bar.advance)
    with Bar(steps, "Fitting") as bar:
        network = fitting.fit(
            known, steps, lambda error: bar.advance(f"Fitting, {error:.1f} px off")
        )
    error = fitting.held_out_error(network, held_out)
    card = {
        "subject": ToyLion().subject,
        "licence": "CC0-1.0",
        "made_by": "draggan recipe raft",
        "pairs": count,
        "steps": steps,
        "held_out": unseen,
        "held_out_error_px": round(error, 2),
        "pixels_of": SIDE,
    }
    write_fitted(network, card, out / WEIGHTS.name)
    click.echo(f"{out / WEIGHTS.name}: held out, the motion is {error:.2f} px of {SIDE} off.")
