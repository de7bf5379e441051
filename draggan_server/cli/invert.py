"""`draggan invert`."""

from __future__ import annotations

import json
import typing
from pathlib import Path

import click
from PIL import Image

from draggan_server.cli.interrupt import STOPPED_CODE
from draggan_server.cli.model_name import METAVAR as MODEL_METAVAR
from draggan_server.cli.model_name import model_name
from draggan_server.cli.output import PICTURE_ENDINGS, check_output, write_picture
from draggan_server.cli.points import FACE_METAVAR, face_marks
from draggan_server.cli.source import Inverted, invert_photo
from draggan_server.files.photo_file import PhotoFile
from draggan_server.files.picture import read_mask
from draggan_server.files.region import Region
from draggan_server.files.writing import writing
from draggan_server.host.raw_pixels import veil_over_held
from draggan_server.host.sentences.said import CHOOSE_ANY_PICTURE
from draggan_server.wire.face import Marks
from draggan_server.wire.messages import Quality

_LITTLE = "That is little: the photo seems to show something else than the model does."

STOPPED = "It was stopped: this is what was found until then. It can be dragged."

QUALITIES = typing.get_args(Quality)


REGION_METAVAR = "X,Y,WIDTH,HEIGHT"
FACE_HELP = (
    "Of a photo: both eyes and the middle of the mouth in pixels. They say where the model is to "
    "look; then --region is not needed."
)


@click.command()
@click.argument("photo", type=click.Path(path_type=Path))
@click.option(
    "--model",
    type=model_name,
    metavar=MODEL_METAVAR,
    required=True,
    help="Name of the model that is to show it.",
)
@click.option(
    "--region",
    type=Region.parse,
    metavar=REGION_METAVAR,
    help="The part that the model is to show.  [default: all]",
)
@click.option("--face", type=face_marks, metavar=FACE_METAVAR, help=FACE_HELP)
@click.option("--layer", metavar="NAME", help="Of an .ora file: the layer that it is to show.")
@click.option(
    "--quality",
    type=click.Choice(QUALITIES),
    default="normal",
    show_default=True,
    help="How long to look: seconds to minutes.",
)
@click.option("--mask", type=click.Path(path_type=Path), help="Where it matters: not black.")
@click.option(
    "--detail",
    type=click.Path(path_type=Path),
    metavar="FILE.png",
    help="Write the photo there, too: dark where the model does not show it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print figures as JSON.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help=".png, .ora")
def invert(
    photo: Path,
    model: str,
    region: Region | None,
    face: Marks | None,
    layer: str | None,
    quality: Quality,
    mask: Path | None,
    detail: Path | None,
    as_json: bool,
    output: Path,
) -> None:
    """Have a model show PHOTO, so that 'draggan drag' can drag it.

    The output is the photo itself, with what a drag needs. Of a PNG or TIFF no sample changes, at 8
    and 16 bits, in gray, RGB, with palettes, alpha and profiles; CMYK becomes RGB. Of an .ora file
    the layer itself gets what a drag needs, and all else stays. Ctrl-C ends it with what was found
    so far, and code 130.
    """
    check_output(output, PICTURE_ENDINGS)
    if detail is not None:
        check_output(detail, (".png",))
    inverted = invert_photo(
        PhotoFile.read(photo, layer),
        model,
        region,
        quality,
        None if mask is None else read_mask(mask),
        face,
    )
    write_picture(output, photo.stem, inverted.picture)
    if detail is not None:
        with writing(detail) as unfinished:
            darkened(inverted).save(unfinished, "PNG")
    if as_json:
        click.echo(json.dumps(inverted.figures()))
    else:
        click.echo(f"{output}: {say(inverted)}")
    leave_early(inverted)


def darkened(inverted: Inverted) -> Image.Image:
    """The photo, RGBA, as the hosts show it: a veil over what the model does not show."""
    image, region, shown = inverted.file.image, inverted.region, inverted.record.shown
    mask = Image.new("L", (region.width, region.height))
    if shown is not None:
        small = Image.frombytes("L", (shown.width, shown.height), shown.data())
        mask = small.resize(mask.size, Image.Resampling.BILINEAR)
    opacity = mask.tobytes()
    veil = Image.new("RGBA", mask.size)
    veil.putalpha(Image.frombytes("L", mask.size, veil_over_held(opacity)))
    return region.put(Image.alpha_composite(region.cut(image), veil), image)


def leave_early(inverted: Inverted) -> None:
    """End the command where the user has stopped it, once all is written."""
    if inverted.early:
        click.echo(STOPPED, err=True)
        raise SystemExit(STOPPED_CODE)


def say(inverted: Inverted) -> str:
    """How well the model shows the photo, for the user."""
    record = inverted.record
    share = f"The model shows {record.explained:.0%} of it ({record.psnr:.1f} dB)"
    if record.in_the_world:
        return f"{share}; what it does not show stays where nothing moves."
    if record.likeness is not None:
        share += f", and of what is most like its pictures it meets {record.likeness:.0%}"
    if inverted.instead:
        choose = CHOOSE_ANY_PICTURE.format(instead=inverted.instead)
        return f"{share}. {_LITTLE} {choose} So: draggan drag PHOTO --model '{inverted.instead}'"
    return (
        f"{share}. {_LITTLE} Choose another model, or a region that fits more closely around its "
        "subject."
    )
