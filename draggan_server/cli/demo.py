"""`draggan demo`: the main job, end to end, through the daemon."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.cli.drag import drag_picture, write_result
from draggan_server.cli.points import PointPair
from draggan_server.files.annotation import before_and_after
from draggan_server.files.writing import writing
from draggan_server.host.endings import end_sentence
from draggan_server.models.zoo import DEFAULT_MODEL
from draggan_server.wire.messages import OpenEdit, SampleSource

SEED = 33
CHIN_DOWN: list[PointPair] = [((114.5, 160.5), (114.5, 184.5))]


@click.command()
@click.option(
    "-d",
    "--directory",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=".",
    help="Where the files go.  [default: the current folder]",
)
def demo(directory: Path) -> None:
    """Drag the toy lion's chin down and write a layered file and a before/after picture."""
    layered = directory / "draggan-demo.ora"
    sheet = directory / "draggan-demo.png"
    source = OpenEdit(SampleSource(DEFAULT_MODEL, SEED))
    dragged = drag_picture(source, CHIN_DOWN)
    write_result(layered, dragged, CHIN_DOWN)
    handles, targets = zip(*CHIN_DOWN, strict=True)
    with writing(sheet) as unfinished:
        before_and_after(dragged.before, dragged.after.image, handles, targets).save(
            unfinished, "PNG"
        )
    said = end_sentence(dragged.result, targets)
    click.echo(f"The chin of {DEFAULT_MODEL}, seed {SEED}: {said}")
    click.echo(f"{layered}: open it in GIMP or Krita; it has the original, the result, the arrows.")
    click.echo(f"{sheet}: before and after, side by side.")
