"""`draggan history`."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.cli.daemon_link import with_daemon
from draggan_server.cli.output import (
    PICTURE_ENDINGS,
    check_output,
    show_work,
    write_picture,
)
from draggan_server.cli.source import find_again, of_picture
from draggan_server.files.annotation import contact_sheet
from draggan_server.files.picture import Picture, read_picture, to_image
from draggan_server.files.writing import writing
from draggan_server.host.sentences.said import PAINT_REPLACED
from draggan_server.wire.client import Client
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    GetHistory,
    GoToDrag,
    History,
    OpenEdit,
    SavedState,
    WentToDrag,
)
from draggan_server.wire.state import EditState

SHEET_ENDINGS = (".png",)


@click.command()
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@click.option(
    "--go-back",
    "position",
    type=click.IntRange(min=0),
    metavar="N",
    help="Write the picture as it was after drag N to the output; 0: before all drags.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help=f"A .png with a small picture of each drag; with --go-back {', '.join(PICTURE_ENDINGS)}.",
)
def history(source: Path, position: int | None, output: Path | None) -> None:
    """List the drags of INPUT, a picture that 'draggan drag' wrote, or go back to one.

    After going back the later drags are still there, until the next drag.
    """
    if position is not None and output is None:
        raise BadInput("--go-back needs -o: the file to write.")
    if output is not None:
        check_output(output, SHEET_ENDINGS if position is None else PICTURE_ENDINGS)
    picture = read_picture(source)
    if position is not None and output is not None:
        _write_earlier(picture, position, output)
        return
    with show_work("Waiting for the daemon"):
        found = with_daemon(lambda client: _history_of(client, picture))
    for line in [*origin(EditState.from_json(picture.saved_state)), *describe(found)]:
        click.echo(line)
    if output is not None:
        names = ("start", *(f"drag {number}" for number in range(1, len(found.drags) + 1)))
        squares = [to_image(found.thumbnail(number)) for number in range(len(names))]
        with writing(output) as unfinished:
            contact_sheet(squares, names).save(unfinished, "PNG")
        click.echo(f"{output}: {len(names)} pictures.")


def origin(state: EditState) -> list[str]:
    """A line that says what the edit began with, where that is known."""
    if state.sample is not None:
        psi = f"{state.sample.truncation_psi:g}"
        seeds = ", ".join(f"{weight:.0%} of seed {seed}" for seed, weight in state.sample.parts)
        seeds = seeds or f"seed {state.sample.seed}"
        return [f"Drawn by {state.model}: {seeds}, truncation {psi}."]
    if state.photo is not None:
        return [f"A photo, {state.photo.explained:.0%} of it shown by {state.model}."]
    return []


def describe(history: History) -> list[str]:
    """A line for each drag, and for what cannot be gone back to."""
    lines = []
    if history.forgotten:
        lines.append(f"Drags before those that are kept: {history.forgotten}.")
    names = ["start", *(f"drag {number}" for number in range(1, len(history.drags) + 1))]
    details = ["", *(_detail(d.points, d.method, d.steps) for d in history.drags)]
    for number, (name, detail) in enumerate(zip(names, details, strict=True)):
        shown = "  <- shown" if number == history.position else ""
        lines.append(f"{number:3}  {name}{detail}{shown}")
    return lines


def _detail(points: int, method: str, steps: int) -> str:
    return f": {_count(points, 'point')}, {method}, {_count(steps, 'step')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _history_of(client: Client, picture: Picture) -> History:
    with client.edit(OpenEdit(SavedState(picture.saved_state))) as opened:
        return client.ask(GetHistory(opened.edit_id))


def _write_earlier(picture: Picture, position: int, output: Path) -> None:
    picture = find_again(picture)
    what = of_picture(picture)

    def go(client: Client) -> WentToDrag:
        with client.edit(what.request) as opened:
            return client.ask(GoToDrag(opened.edit_id, opened.revision, position, what.layer))

    with show_work("Waiting for the daemon"):
        went = with_daemon(go)
    name = "Start" if position == 0 else f"Drag {position}"
    image = to_image(went.layer)
    if what.region is not None:
        image = what.region.put(image, picture.image)
    write_picture(output, name, Picture(image, went.saved_state, what.region, picture.file))
    when = "before all drags" if position == 0 else f"after drag {position}"
    said = f"{output}: as it was {when}."
    click.echo(f"{said} {PAINT_REPLACED}" if went.paint_replaced else said)
