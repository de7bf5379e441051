"""`draggan live`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

import click
from PIL import Image

from draggan_server.cli.daemon_link import with_daemon
from draggan_server.cli.model_name import METAVAR as MODEL_METAVAR
from draggan_server.cli.model_name import model_name
from draggan_server.cli.output import check_output, show_work
from draggan_server.cli.replay import Replay, Seen, replay
from draggan_server.cli.source import drag_source
from draggan_server.files.annotation import draw_arrows, write_frames
from draggan_server.files.gesture import read_gesture
from draggan_server.files.picture import read_mask, to_image
from draggan_server.files.region import Region
from draggan_server.host.endings import end_sentence
from draggan_server.host.sentences.said import CANCELLED
from draggan_server.models.zoo import DEFAULT_MODEL
from draggan_server.wire.client import Client
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import MAX_SEED, DragFinished, Pixels

ENDINGS = (".webp", ".gif")
LAST_SECONDS = 1.0
"""For which the result is shown."""


@click.command()
@click.argument("source", metavar="[INPUT]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    help="Drag the model's picture of this seed instead of INPUT.",
)
@click.option(
    "--model",
    type=model_name,
    metavar=MODEL_METAVAR,
    help=f"With --seed: the model.  [default: {DEFAULT_MODEL}]",
)
@click.option(
    "--script",
    type=click.Path(path_type=Path),
    required=True,
    help="The gesture: where the hand was when, as JSON.",
)
@click.option("--mask", type=click.Path(path_type=Path), help="What is not black may change.")
@click.option("--json", "as_json", is_flag=True, help="Print figures as JSON.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help=", ".join(ENDINGS)
)
def live(
    source: Path | None,
    seed: int | None,
    model: str | None,
    script: Path,
    mask: Path | None,
    as_json: bool,
    output: Path,
) -> None:
    """Do a recorded gesture again, and write what was seen.

    The picture follows the hand as in GIMP and Krita, as fast as this machine can; the output shows
    each frame for as long as it was there, with a line from the handle to the hand.

    \b
    The script:
      {"handle_points": [[118, 177]],
       "moves": [{"time": 0.0, "target_points": [[118, 177]]},
                 {"time": 0.5, "target_points": [[118, 190]]}],
       "end": 1.5}
    Times are seconds since the press, points pixels. A move with other "handle_points" adds points
    and lets go of others. At "end" the hand lets go; with "keep": false it takes all back.
    """
    check_output(output, ENDINGS)
    what = drag_source(source, seed, model)
    if what.image is not None and what.region != Region.whole(what.image):
        raise BadInput(
            f"{source} is a photo of which a model shows a part. Gestures are done on whole "
            "pictures: cut the part out first."
        )
    gesture = read_gesture(script)
    movable_mask = what.mask(None if mask is None else read_mask(mask))

    def once(client: Client) -> tuple[Replay, Pixels]:
        with client.edit(what.request) as edit:
            shown = what.layer or edit.picture
            done = replay(client, edit, gesture, layer=shown, movable_mask=movable_mask)
            return done, shown

    with show_work("The gesture is done"):
        done, shown = with_daemon(once)
    write_seen(output, to_image(shown), done)
    if as_json:
        click.echo(json.dumps(summarise(done)))
    else:
        frames = f"{len(done.seen)} frames in {done.seconds:.1f} s."
        ended = CANCELLED
        if isinstance(done.end, DragFinished):
            ended = end_sentence(done.end, gesture.moves[-1].target_points)
        click.echo(f"{output}: {frames} {ended}")


def write_seen(output: Path, before: Image.Image, done: Replay) -> None:
    """An animation of what was seen, from the picture before to the result."""
    pictures = [before, *(_picture(seen, before.size) for seen in done.seen)]
    times = [0.0, *(seen.seconds for seen in done.seen), done.seconds]
    if isinstance(done.end, DragFinished):
        pictures.append(to_image(done.end.layer))
        times.append(done.seconds + LAST_SECONDS)
    write_frames(output, pictures, [later - earlier for earlier, later in pairwise(times)])


def _picture(seen: Seen, size: tuple[int, int]) -> Image.Image:
    """A frame in the layer's size, with lines from its handles to the hand."""
    assert seen.frame.picture is not None
    picture = to_image(seen.frame.picture).resize(size, Image.Resampling.BICUBIC)
    handles, targets = seen.frame.handle_points, seen.frame.target_points
    picture.alpha_composite(draw_arrows(size, handles, targets))
    return picture


def summarise(done: Replay) -> dict[str, object]:
    """The figures of `--json`."""
    figures: dict[str, object] = {
        "frames": len(done.seen),
        "seconds": done.seconds,
        "moves": len(done.sent),
        "latency_median_ms": _ms(done.latencies),
        "frame_sides": [_side(seen.frame.picture) for seen in done.seen],
        "kept": isinstance(done.end, DragFinished),
    }
    if isinstance(done.end, DragFinished):
        figures["reason"] = done.end.reason
        figures["mean_distance_px"] = done.end.mean_distance
        figures["final_points"] = [list(point) for point in done.end.handle_points]
    return figures


def _side(picture: Pixels | None) -> int:
    return 0 if picture is None else max(picture.width, picture.height)


def _ms(seconds: Sequence[float]) -> float | None:
    return 1e3 * median(seconds) if seconds else None
