"""`draggan drag`."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import click
from PIL import Image

from draggan_server.cli.daemon_link import with_daemon
from draggan_server.cli.interrupt import STOPPED_CODE, until_stopped
from draggan_server.cli.invert import FACE_HELP, QUALITIES, REGION_METAVAR, leave_early, say
from draggan_server.cli.model_name import METAVAR as MODEL_METAVAR
from draggan_server.cli.model_name import model_name
from draggan_server.cli.output import (
    PICTURE_ENDINGS,
    DragBar,
    check_output,
    show_work,
    write_picture,
)
from draggan_server.cli.points import FACE_METAVAR, METAVAR, PointPair, face_marks, point_pair
from draggan_server.cli.source import drag_source, invert_photo, of_picture
from draggan_server.files import openraster
from draggan_server.files.annotation import draw_arrows, write_animation
from draggan_server.files.photo_file import PhotoFile
from draggan_server.files.picture import (
    Picture,
    read_mask,
    to_image,
    write_photo,
)
from draggan_server.files.region import Region
from draggan_server.host.endings import end_sentence
from draggan_server.models.zoo import DEFAULT_MODEL
from draggan_server.wire.client import Client
from draggan_server.wire.drag_config import (
    DIFFUSION_METHOD,
    LATENT_SPACES,
    MAX_LORA_STEPS,
    MAX_STEPS_LIMIT,
    METHODS,
    TRACKERS,
    DragConfig,
    DragdiffusionConfig,
    LatentSpace,
    NewtonConfig,
    Tracking,
    drag_config,
)
from draggan_server.wire.errors import BadInput
from draggan_server.wire.face import Marks
from draggan_server.wire.messages import (
    MAX_SEED,
    CloseEdit,
    DragFinished,
    DragFrame,
    DragProgress,
    EditOpened,
    OpenEdit,
    Pixels,
    Quality,
    Resumed,
    StartDrag,
    check_movable_mask,
)
from draggan_server.wire.state import EditState

ANIMATIONS = (".webp", ".gif")
FRAMES = 23
"""Between the first picture of an animation and the last."""

ENDINGS = (".png", ".ora", *ANIMATIONS)

NO_STATE = "To drag it further, write a .png or .ora: other files do not hold what that needs."


@dataclass(frozen=True)
class Dragged:
    """A finished drag: the picture before and after, and for an animation those between."""

    before: Image.Image
    frames: list[Image.Image]
    result: DragFinished
    region: Region | None = None
    file: PhotoFile | None = None

    @property
    def after(self) -> Picture:
        return Picture(self.frames[-1], self.result.saved_state, self.region, self.file)

    def on(self, place: Region) -> Dragged:
        """The drag of a layer, its points on the canvas where the layer has that place."""
        handles = tuple(map(place.outwards, self.result.handle_points))
        return dataclasses.replace(
            self, result=dataclasses.replace(self.result, handle_points=handles)
        )

    def within(self, image: Image.Image, region: Region) -> Dragged:
        """The drag of a region, in the whole image."""
        handles = tuple(map(region.outwards, self.result.handle_points))
        return Dragged(
            image,
            [region.put(frame, image) for frame in self.frames],
            dataclasses.replace(self.result, handle_points=handles),
            region,
            self.file,
        )


def drag_picture(
    source: OpenEdit,
    pairs: list[PointPair],
    *,
    layer: Pixels | None = None,
    movable_mask: Pixels | None = None,
    config: DragConfig = drag_config(),
    frames: bool = False,
    keeps: bool = False,
) -> Dragged:
    """Open an edit and drag it through the daemon, with a progress bar; `frames`: animate it.

    Where it `keeps` it, the first Ctrl-C ends the drag with what was reached until then. Where the
    daemon dies, this begins again, once: an edit's last state is that of `source`.
    """
    left: list[str] = []

    def once(client: Client) -> Dragged:
        with contextlib.ExitStack() as stack:
            with show_work("Waiting for the daemon"):
                for edit_id in left:
                    client.ask(CloseEdit(edit_id))
                opened = stack.enter_context(client.edit(source))
            left.append(opened.edit_id)
            return drag_edit(client, opened)

    def drag_edit(client: Client, opened: EditOpened) -> Dragged:
        shown = layer or opened.picture
        request = StartDrag(
            edit_id=opened.edit_id,
            revision=opened.revision,
            handle_points=tuple(handle for handle, _ in pairs),
            target_points=tuple(target for _, target in pairs),
            config=config,
            movable_mask=movable_mask,
            layer=shown,
            frames=FRAMES if frames else 0,
        )
        seen: list[Image.Image] = []
        with (
            DragBar(request.target_points) as bar,
            until_stopped(bar.say, "what was reached", keeps=keeps) as stopped,
        ):

            def hear(event: DragProgress | DragFrame | Resumed) -> None:
                if isinstance(event, DragFrame):
                    seen.append(to_image(event.layer))
                else:
                    bar.show(event)

            finished = client.drag(request, hear, stopped)
        before = to_image(shown)
        return Dragged(before, [before, *seen, to_image(finished.layer)], finished)

    return with_daemon(once)


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
    help="The model that is to show INPUT, a photo, or a diffusion model's folder; with --seed the "
    "one that draws.  "
    f"[default, with --seed: {DEFAULT_MODEL}]",
)
@click.option(
    "--region",
    type=Region.parse,
    metavar=REGION_METAVAR,
    help="Of a photo: the part that the model is to show.",
)
@click.option("--face", type=face_marks, metavar=FACE_METAVAR, help=FACE_HELP)
@click.option("--layer", metavar="NAME", help="Of an .ora file: the layer that is dragged.")
@click.option(
    "--quality",
    type=click.Choice(QUALITIES),
    help="Of a photo: how long to look, seconds to minutes.  [default: normal]",
)
@click.option(
    "--point",
    "pairs",
    type=point_pair,
    metavar=METAVAR,
    multiple=True,
    help="Handle and target in pixels; give it once for each pair. One whose two ends are one is "
    "pinned: it stays there.",
)
@click.option("--mask", type=click.Path(path_type=Path), help="What is not black may change.")
@click.option(
    "--method",
    type=click.Choice((*METHODS, DIFFUSION_METHOD)),
    help=f"{DIFFUSION_METHOD} is for diffusion models, and they have no other.  "
    f"[default: {METHODS[0]}]",
)
@click.option(
    "--tracker",
    type=click.Choice(TRACKERS),
    help="Of the method draggan: how it finds points again.  [default: " + TRACKERS[0] + "]",
)
@click.option(
    "--latent-space",
    type=click.Choice(LATENT_SPACES),
    help=f"Of generators' methods.  [default: {LATENT_SPACES[0]}]",
)
@click.option(
    "--max-steps",
    type=click.IntRange(1, MAX_STEPS_LIMIT),
    help=f"[default: {NewtonConfig().max_steps}, with a diffusion model "
    f"{DragdiffusionConfig().max_steps}]",
)
@click.option(
    "--lora-steps",
    type=click.IntRange(0, MAX_LORA_STEPS),
    help=f"Of the method {DIFFUSION_METHOD}: how long the model learns the picture first; 0: not "
    f"at all.  [default: {DragdiffusionConfig().lora_steps}]",
)
@click.option("--json", "as_json", is_flag=True, help="Print figures as JSON.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help=f"{', '.join(ENDINGS)}, or as INPUT.",
)
def drag(
    source: Path | None,
    seed: int | None,
    model: str | None,
    region: Region | None,
    face: Marks | None,
    layer: str | None,
    quality: Quality | None,
    pairs: tuple[PointPair, ...],
    mask: Path | None,
    method: str | None,
    tracker: Tracking | None,
    latent_space: LatentSpace | None,
    max_steps: int | None,
    lora_steps: int | None,
    as_json: bool,
    output: Path,
) -> None:
    """Drag points of INPUT: a picture that this program wrote, or with --model any photo.

    The output by its ending: .png, .ora (the original, the result and the arrows as layers), or
    the drag as an animation, .webp or .gif. A file of INPUT's own kind, PNG, JPEG, WebP or TIFF,
    keeps its depth, mode, profile and metadata, and every pixel that does not move. (JPEG is
    encoded again, as finely as INPUT was.) Of an .ora file the result is a new layer of the same
    file, and points, mask and region are pixels of its canvas. Ctrl-C ends the drag with what was
    reached so far, and code 130; while the model looks at a photo with what was found so far, in a
    .png or .ora.
    """
    file = None
    if source is not None:
        file = PhotoFile.read(source, layer)
        file.check_writable(output)
    elif layer is not None:
        raise BadInput("--layer goes with INPUT, an .ora file.")
    in_kind = () if file is None else file.endings
    check_output(output, tuple(dict.fromkeys((*ENDINGS, *in_kind))))
    given = {
        "tracker": tracker,
        "latent_space": latent_space,
        "max_steps": max_steps,
        "lora_steps": lora_steps,
    }
    options = {name: value for name, value in given.items() if value is not None}
    config = drag_config(method or METHODS[0], **options)
    movable_mask = None if mask is None else read_mask(mask)
    if movable_mask is not None:
        check_movable_mask(movable_mask, tuple(handle for handle, _ in pairs))
    inverted = None
    if file is not None and model is not None and seed is None:
        keeps = output.suffix.lower() in PICTURE_ENDINGS
        look = quality or "normal"
        inverted = invert_photo(file, model, region, look, movable_mask, face, keeps=keeps)
        if inverted.early:
            write_picture(output, "Photo", inverted.picture)
            figures = json.dumps({"inversion": inverted.figures()})
            click.echo(figures if as_json else f"{output}: not dragged. {say(inverted)}")
            leave_early(inverted)
        what = of_picture(inverted.picture)
    else:
        for option, value in (("region", region), ("face", face), ("quality", quality)):
            if value is not None:
                raise BadInput(
                    f"--{option} goes with INPUT, a photo, and --model, the model that shows it."
                )
        what = drag_source(source, seed, model, layer)
    dragged = drag_picture(
        what.request,
        what.pairs(list(pairs)),
        layer=what.layer,
        movable_mask=what.mask(movable_mask),
        config=config,
        frames=output.suffix.lower() in ANIMATIONS and output.suffix.lower() not in in_kind,
        keeps=True,
    )
    dragged = dataclasses.replace(dragged, file=what.file)
    if what.file is not None:
        dragged = dragged.on(what.file.place)
    if what.image is not None and what.region is not None:
        dragged = dragged.within(what.image, what.region)
    write_result(output, dragged, list(pairs))
    summary = summarise(dragged.result, list(pairs))
    if inverted is not None:
        summary["inversion"] = inverted.figures()
        if not as_json:
            click.echo(say(inverted))
    if as_json:
        click.echo(json.dumps(summary))
    else:
        click.echo(f"{output}: {end_sentence(dragged.result, [target for _, target in pairs])}")
        if output.suffix.lower() in in_kind and output.suffix.lower() not in PICTURE_ENDINGS:
            click.echo(NO_STATE)
    if dragged.result.reason == "stopped":
        raise SystemExit(STOPPED_CODE)


def write_result(output: Path, dragged: Dragged, pairs: list[PointPair]) -> None:
    """Write a drag in the format of the file's ending."""
    ending = output.suffix.lower()
    file, after = dragged.file, dragged.after
    if ending == ".png" or (file is not None and ending in file.endings):
        write_photo(output, after)
    elif ending == ".ora":
        handles, targets = zip(*pairs, strict=True)
        arrows = draw_arrows(dragged.before.size, handles, targets)
        openraster.write(
            output,
            [
                openraster.Layer("Arrows", arrows),
                openraster.Layer("Dragged", after.image, after.saved_state, after.region),
                openraster.Layer("Original", dragged.before),
            ],
        )
    else:
        write_animation(output, dragged.frames)


def summarise(result: DragFinished, pairs: list[PointPair]) -> dict[str, object]:
    """The figures of `--json`."""
    points = [
        {"handle": list(handle), "target": list(target), "final": list(final)}
        for (handle, target), final in zip(pairs, result.handle_points, strict=True)
    ]
    state = EditState.from_json(result.saved_state)
    return {
        "model": state.model,
        "method": state.drags[state.position - 1].method,
        "steps": result.steps,
        "converged": result.reason == "arrived",
        "mean_distance_px": result.mean_distance,
        "seconds": result.seconds,
        "paint_replaced": result.paint_replaced,
        "points": points,
    }
