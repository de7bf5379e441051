"""`draggan sample`."""

from __future__ import annotations

from pathlib import Path

import click

from draggan_server.cli.daemon_link import with_daemon
from draggan_server.cli.finite import FiniteRange
from draggan_server.cli.model_name import METAVAR as MODEL_METAVAR
from draggan_server.cli.model_name import model_name
from draggan_server.cli.output import (
    PICTURE_ENDINGS,
    check_output,
    show_work,
    write_picture,
)
from draggan_server.files.picture import Picture, to_image
from draggan_server.models.zoo import DEFAULT_MODEL
from draggan_server.wire.client import Client
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    DEFAULT_PSI,
    MAX_PSI,
    MAX_SEED,
    BlendSource,
    EditOpened,
    OpenEdit,
    Sample,
    SampleSource,
)

DEFAULT_SHARE = 0.5


@click.command()
@click.option(
    "--model",
    type=model_name,
    metavar=MODEL_METAVAR,
    default=DEFAULT_MODEL,
    show_default=True,
    help="Name of the model.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    required=True,
    help="The same seed gives the same picture.",
)
@click.option(
    "--towards", type=click.IntRange(0, MAX_SEED), help="Another seed, to draw what lies between."
)
@click.option(
    "--share",
    type=FiniteRange(0, 1, min_open=True, max_open=True),
    help=f"How far towards it.  [default: {DEFAULT_SHARE}]",
)
@click.option(
    "--truncation-psi",
    type=FiniteRange(-MAX_PSI, MAX_PSI),
    default=DEFAULT_PSI,
    show_default=True,
    help="1: the full variety; towards 0: nearer to the average picture.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help=".png, .ora")
def sample(
    model: str,
    seed: int,
    towards: int | None,
    share: float | None,
    truncation_psi: float,
    output: Path,
) -> None:
    """Draw a picture from a model. The file carries what 'draggan drag' needs to go on."""
    check_output(output, PICTURE_ENDINGS)
    source: Sample = SampleSource(model, seed, truncation_psi)
    name = f"seed {seed}"
    if towards is None and share is not None:
        raise BadInput("--share goes with --towards, the seed that the picture is to be nearer to.")
    if towards is not None:
        share = DEFAULT_SHARE if share is None else share
        source = BlendSource(model, ((seed, 1 - share), (towards, share)), truncation_psi)
        name += f" to {towards}"
    request = OpenEdit(source)
    with show_work("Waiting for the daemon"):
        opened = with_daemon(lambda client: _draw(client, request))
    picture = Picture(to_image(opened.picture), opened.saved_state)
    write_picture(output, f"{model} {name}", picture)
    click.echo(f"{output}: {model}, {name}, {picture.image.width} x {picture.image.height}.")


def _draw(client: Client, request: OpenEdit) -> EditOpened:
    with client.edit(request) as opened:  # and closed: the file carries the state
        return opened
