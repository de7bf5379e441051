"""Photos on the command line against a real daemon: inverted, dragged, gone back to."""

from __future__ import annotations

import io
import json
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from draggan_server.files.picture import read_picture
from draggan_server.files.region import Region
from draggan_server.wire.state import EditState
from tests.daemon import held_worker, share_done
from tests.end_to_end.work import Work, place_to_work
from tests.patience import patient

REGION = (40, 30, 300, 300)
"""Where the lion lies in the photo."""


OUT = ("-o", "x.png")


class PhotoWork(Work):
    """A folder with a photo, and the command."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(folder, environment)
        self.run("sample", "--seed", 5, "-o", "lion.png")
        lion = Image.open(folder / "lion.png").convert("RGB").resize(REGION[2:])
        random = np.random.default_rng(1)
        grain = random.normal(0, 4, (380, 400, 1))
        photo = Image.new("RGB", (400, 380), (90, 120, 60))
        photo.paste(lion.rotate(3, Image.Resampling.BICUBIC, fillcolor=(90, 120, 60)), REGION[:2])
        values = np.asarray(photo, float) * (0.95, 1.0, 0.85) + grain
        self.photo = Image.fromarray(values.clip(0, 255).astype(np.uint8))
        self.photo.save(folder / "photo.png")
        mask = Image.new("L", photo.size)
        mask.paste(255, (100, 160, 280, 310))
        mask.save(folder / "mask.png")
        options = ("--model", "toy-lion", *self.part, "--detail", "detail.png")
        self.run("invert", "photo.png", *options, "-o", "inverted.png")

    @property
    def part(self) -> tuple[object, ...]:
        return "--region", ",".join(map(str, REGION)), "--quality", "fast"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhotoWork]:
    with place_to_work(tmp_path_factory) as (folder, environment):
        yield PhotoWork(folder, environment)


def test_an_inverted_photo_is_the_photo_with_a_state(work: PhotoWork) -> None:
    assert np.array_equal(work.pixels("inverted.png"), work.pixels("photo.png"))
    picture = read_picture(work.folder / "inverted.png")
    record = EditState.from_json(picture.saved_state).photo
    assert record is not None
    assert (record.width, record.height) == REGION[2:]
    assert record.explained > 0.6


def test_what_the_model_does_not_show_is_dark_in_a_picture_beside_it(work: PhotoWork) -> None:
    photo, detail = (work.pixels(name).astype(int)[..., :3] for name in ("photo.png", "detail.png"))
    left, top, width, height = REGION
    rows, columns = slice(top, top + height), slice(left, left + width)
    darker = photo - detail
    assert not np.delete(np.delete(darker, rows, axis=0), columns, axis=1).any()
    assert darker.min() >= 0
    assert 0 < darker[rows, columns].mean() < 0.25 * photo[rows, columns].mean()


def test_a_disk_that_takes_no_more_is_said_and_the_old_file_kept(work: PhotoWork) -> None:
    invert = ("invert", "photo.png", "--model", "toy-lion", *work.part)
    for name in ("full.png", "full.ora"):
        path = work.folder / name
        path.write_bytes(b"old")
        before = set(work.folder.iterdir())
        done = work.command(*invert, "-o", name, room=100_000)
        assert done.returncode == 2, done.stderr
        assert f"{name} cannot be written" in done.stderr
        assert "Traceback" not in done.stderr
        assert path.read_bytes() == b"old"
        assert set(work.folder.iterdir()) == before


def test_a_photo_is_dragged_where_it_may_move_and_back(work: PhotoWork) -> None:
    point = "--point", "190,238:190,256"
    held = ("--mask", "mask.png", "--max-steps", 3)
    work.run("drag", "inverted.png", *point, *held, "-o", "dragged.png")
    before, after = work.pixels("photo.png"), work.pixels("dragged.png")
    movable = np.asarray(Image.open(work.folder / "mask.png")) > 0
    assert np.array_equal(before[~movable], after[~movable])
    assert np.abs(before[movable].astype(int) - after[movable]).mean() > 1
    work.run("history", "dragged.png", "--go-back", 0, "-o", "back.png")
    back = work.pixels("back.png")
    assert np.array_equal(before, back)
    again = work.run("drag", "dragged.png", *point, *held, "-o", "again.png", "--json")
    assert json.loads(again)["model"] == "toy-lion"


def test_a_photo_is_inverted_and_dragged_in_one(work: PhotoWork) -> None:
    said = work.run(
        *("drag", "photo.png", "--model", "toy-lion", *work.part),
        *("--point", "190,238:190,256", "--max-steps", 2, "--json", "-o", "one.png"),
    )
    found = json.loads(said)
    assert set(found["inversion"]) == {"psnr_db", "explained", "seconds"}
    assert 0.6 < found["inversion"]["explained"] <= 1
    x, y = found["points"][0]["final"]
    assert 150 < x < 230
    assert 200 < y < 290
    x0, y0, width, height = REGION
    before, after = work.pixels("photo.png"), work.pixels("one.png")
    outside = np.ones(before.shape[:2], bool)
    outside[y0 : y0 + height, x0 : x0 + width] = False
    assert np.array_equal(before[outside], after[outside])


def grown(work: PhotoWork, name: str, **options: Any) -> np.ndarray:  # type: ignore[type-arg]
    """The photo with 16 bits, of which the lower are grain, as a TIFF."""
    values = np.asarray(work.photo).astype(np.uint16) * 257
    values ^= np.random.default_rng(4).integers(0, 200, values.shape, np.uint16)
    tifffile.imwrite(work.folder / name, values, photometric="rgb", metadata=None, **options)
    return values


DRAG = ("--point", "190,238:190,256", "--mask", "mask.png", "--max-steps", 2)


@pytest.mark.parametrize(("left", "given"), [(20, ""), (700, ""), (700, "0,0,900,400")])
def test_eyes_and_mouth_say_which_lion_is_meant(work: PhotoWork, left: int, given: str) -> None:
    """Of two in a wide photo, each a fifth of it wide; clicked to a few pixels, in any order of the
    eyes. Only what is about the lion becomes the region, unless one is given, of any shape."""
    lion = Image.open(work.folder / "lion.png").convert("RGB").resize((180, 180))
    photo = Image.new("RGB", (900, 400), (90, 120, 60))
    for place in (20, 700):
        photo.paste(lion, (place, 150))
    photo.save(work.folder / "two.png")
    face = ":".join(f"{left + x},{150 + y}" for x, y in ((120, 74), (79, 72), (102, 112)))
    options = ("--model", "toy-lion", "--quality", "fast", "--face", face)
    region = ("--region", given) if given else ()
    work.run("invert", "two.png", *options, *region, "-o", "one.png")
    picture = read_picture(work.folder / "one.png")
    record = EditState.from_json(picture.saved_state).photo
    assert record is not None
    assert record.in_the_world
    found = picture.region
    assert found is not None
    if given:
        assert str(found) == given
    else:
        assert 180 < found.width < 400
    matrix = np.reshape(record.placement, (3, 3))
    seen = matrix @ (127.5, 127.5, 1)
    assert seen[:2] / seen[2] + (found.x, found.y) == pytest.approx((left + 89.5, 239.5), abs=6)


def test_a_photo_of_16_bits_is_written_in_kind(work: PhotoWork) -> None:
    before = grown(work, "photo.tif", compression="lzw", description="A lion")
    model = ("--model", "toy-lion", *work.part)
    said = work.run("drag", "photo.tif", *model, *DRAG, "-o", "dragged.tif")
    assert "write a .png or .ora" in said
    with tifffile.TiffFile(work.folder / "dragged.tif") as file:
        after = file.asarray()
        assert file.pages.first.description == "A lion"
    movable = np.asarray(Image.open(work.folder / "mask.png")) > 0
    assert after.dtype == np.uint16
    assert np.array_equal(before[~movable], after[~movable])
    assert np.abs(before[movable].astype(int) - after[movable]).mean() > 257
    work.run("invert", "photo.tif", *model, "-o", "wide.png")
    work.run("drag", "wide.png", *DRAG, "-o", "wide-dragged.png")
    wide, dragged = (
        imagecodecs.png_decode((work.folder / name).read_bytes())
        for name in ("wide.png", "wide-dragged.png")
    )
    assert np.array_equal(wide, before)
    assert np.array_equal(dragged[~movable], before[~movable])
    assert (dragged[movable] != before[movable]).any()
    work.run("history", "wide-dragged.png", "--go-back", 0, "-o", "wide-back.png")
    back = imagecodecs.png_decode((work.folder / "wide-back.png").read_bytes())
    assert back.dtype == np.uint16
    assert np.abs(back.astype(int) - before).max() <= 512  # of what was 8 bits meanwhile
    assert np.array_equal(back[~movable], before[~movable])


def test_a_jpeg_stays_a_jpeg(work: PhotoWork) -> None:
    exif = Image.Exif()
    exif[0x10F] = "Camera"
    work.photo.save(work.folder / "photo.jpg", quality=88, exif=exif)
    work.run("drag", "photo.jpg", "--model", "toy-lion", *work.part, *DRAG, "-o", "out.jpg")
    with Image.open(work.folder / "photo.jpg") as a, Image.open(work.folder / "out.jpg") as b:
        assert (b.format, b.quantization, dict(b.getexif())) == (
            "JPEG",
            a.quantization,
            {0x10F: "Camera"},
        )
    off = np.abs(work.pixels("photo.jpg").astype(int) - work.pixels("out.jpg"))
    assert off[:140].mean() < 2
    assert off[170:300, 110:270].mean() > 2


def test_a_layer_of_an_openraster_file_is_dragged_in_its_place(work: PhotoWork) -> None:
    layer, sky = io.BytesIO(), io.BytesIO()
    work.photo.save(layer, "PNG")
    Image.new("RGB", (64, 64), "blue").save(sky, "PNG")
    with zipfile.ZipFile(work.folder / "in.ora", "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr(
            "stack.xml",
            '<image w="500" h="400"><stack><layer name="lion" src="data/1.png" x="20" y="10"/>'
            '<layer name="sky" src="data/2.png"/></stack></image>',
        )
        archive.writestr("data/1.png", layer.getvalue())
        archive.writestr("data/2.png", sky.getvalue())
    x, y, width, height = REGION
    part = ("--region", f"{x + 20},{y + 10},{width},{height}", "--quality", "fast")
    named = ("--layer", "lion", "--model", "toy-lion", *part)
    mask = Image.new("L", (500, 400))
    mask.paste(255, (120, 170, 300, 320))
    mask.save(work.folder / "canvas-mask.png")
    point = ("--point", "210,248:210,266", "--mask", "canvas-mask.png", "--max-steps", 2)
    said = work.run("drag", "in.ora", *named, *point, "--json", "-o", "out.ora")
    (final,) = (each["final"] for each in json.loads(said)["points"])
    assert np.abs(np.array(final) - (210, 257)).max() < 25
    with zipfile.ZipFile(work.folder / "out.ora") as archive:
        assert archive.read("data/1.png") == layer.getvalue()
        assert archive.read("data/2.png") == sky.getvalue()
    result = read_picture(work.folder / "out.ora")
    assert result.region == Region(*REGION)
    off = np.abs(np.asarray(result.image, int) - np.asarray(work.photo.convert("RGBA"), int))
    held = np.asarray(mask.crop((20, 10, 420, 390))) == 0
    assert off[held].max() == 0
    assert off[~held].mean() > 1
    again = ("--layer", "Dragged: lion", *point, "--json", "-o", "again.ora")
    assert json.loads(work.run("drag", "out.ora", *again))["model"] == "toy-lion"
    assert "The layers are: 'lion', 'sky'" in work.refused(
        *("drag", "in.ora", "--layer", "cat", "--model", "toy-lion", *point, "-o", "x.ora")
    )


def test_an_output_of_another_kind_is_said(work: PhotoWork) -> None:
    said = work.refused(
        "drag", "photo.png", "--model", "toy-lion", *work.part, *DRAG, "-o", "x.tif"
    )
    assert "must end in one of .png, .ora, .webp, .gif" in said


def test_a_lion_is_found_in_a_long_region(work: PhotoWork) -> None:
    """Seven times as wide as high, of which the model's picture would cover the middle."""
    photo = Image.new("RGB", (1400, 200), (90, 120, 60))
    photo.paste(Image.open(work.folder / "lion.png").convert("RGB").resize((180, 180)), (1100, 10))
    photo.save(work.folder / "long.png")
    work.run("invert", "long.png", "--model", "toy-lion", "--quality", "fast", "-o", "seen.png")
    record = EditState.from_json(read_picture(work.folder / "seen.png").saved_state).photo
    assert record is not None
    assert record.in_the_world
    assert (record.width, record.height) == photo.size
    x, y, z = np.reshape(record.placement, (3, 3)) @ (127.5, 127.5, 1)
    assert (x / z, y / z) == pytest.approx((1189.5, 99.5), abs=4)


def test_a_photo_of_something_else_is_said_to_be_so(work: PhotoWork) -> None:
    values = np.random.default_rng(2).integers(0, 256, (120, 120, 3), np.uint8)
    Image.fromarray(values).save(work.folder / "noise.png")
    fast = ("--quality", "fast", "-o", "noise-inverted.png")
    assert "something else" in work.run("invert", "noise.png", "--model", "toy-lion", *fast)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("invert", "photo.png", "--model", "none", "-o", "x.png"), "none"),
        (("invert", "gone.png", "--model", "toy-lion", "-o", "x.png"), "There is no file"),
        (
            ("invert", "photo.png", "--model", "toy-lion", "--region", "0,0,380,20", "-o", "x.png"),
            "of quite another shape",
        ),
        (
            (
                "invert",
                "photo.png",
                "--model",
                "toy-lion",
                "--region",
                "900,0,64,64",
                "-o",
                "x.png",
            ),
            "lies outside the picture of 400 x 380",
        ),
        (("drag", "photo.png", "--point", "1,1:2,2", "-o", "x.png"), "name the model"),
        (
            ("drag", "inverted.png", "--region", "0,0,64,64", "--point", "1,1:2,2", "-o", "x.png"),
            "--region goes with",
        ),
        (
            ("drag", "inverted.png", "--quality", "best", "--point", "1,1:2,2", "-o", "x.png"),
            "--quality goes with",
        ),
        (("invert", "/dev/zero", "--model", "toy-lion", "-o", "x.png"), "may have no end"),
    ],
)
def test_what_cannot_be_done_is_said(
    work: PhotoWork, arguments: tuple[str, ...], sentence: str
) -> None:
    assert sentence in work.refused(*arguments)
    assert not (work.folder / "x.png").exists()


def test_a_part_is_found_in_a_file_that_another_program_has_flipped(work: PhotoWork) -> None:
    """One that keeps the texts of a PNG. Outside of the part all stays as it is."""
    with Image.open(work.folder / "inverted.png") as image:
        texts = PngImagePlugin.PngInfo()
        for key, text in image.info.items():
            if isinstance(text, str):
                texts.add_text(key, text)
        flipped = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    flipped.save(work.folder / "flipped.png", pnginfo=texts)
    x = flipped.width - 1 - 190
    work.run("drag", "flipped.png", "--point", f"{x},200:{x},214", "-o", "then.png")
    picture = read_picture(work.folder / "then.png")
    left, _, width, _ = REGION
    assert picture.region is not None
    middle = picture.region.x + picture.region.width / 2
    assert middle == pytest.approx(flipped.width - left - width / 2, abs=10)
    record = EditState.from_json(picture.saved_state).photo
    assert record is not None
    assert record.placement[0] < 0  # mirrored
    before, after = (work.pixels(name).astype(int) for name in ("flipped.png", "then.png"))
    changed = np.argwhere((before != after).any(axis=2))
    assert changed[:, 1].min() >= picture.region.x
    assert abs(before - after)[190:225, x - 20 : x + 20].mean() > 2


def test_a_photo_in_a_picture_of_20000_pixels_is_dragged(work: PhotoWork) -> None:
    """It lies near the end; all else of the file stays as it is, bit for bit."""
    wide = Image.new("RGB", (20_000, 320), (90, 120, 60))
    at = (19_200, 10)
    wide.paste(work.photo.crop((REGION[0], REGION[1], 340, 330)), at)
    wide.save(work.folder / "wide.png")
    part = ("--region", f"{at[0]},{at[1]},300,300", "--quality", "fast")
    x, y = 190 - REGION[0] + at[0], 200 - REGION[1] + at[1]
    point = ("--point", f"{x},{y}:{x},{y + 14}")
    mask = Image.new("L", wide.size)
    movable = (at[0] + 20, 150, at[0] + 280, 310)
    mask.paste(255, movable)
    mask.save(work.folder / "wide-mask.png")
    held = ("--mask", "wide-mask.png", "-o", "dragged-wide.png")
    work.run("drag", "wide.png", "--model", "toy-lion", *part, *point, *held)
    before, after = (
        np.asarray(Image.open(work.folder / f"{name}.png")) for name in ("wide", "dragged-wide")
    )
    changed = np.argwhere((before != after).any(axis=2))
    assert len(changed)
    assert changed[:, 1].min() >= movable[0]
    assert changed[:, 0].min() >= movable[1]
    assert changed[:, 1].max() < movable[2]
    refused = work.command("invert", "wide.png", "--model", "toy-lion", "-o", "x.png")
    assert refused.returncode == 2
    assert "Give a part of it: --region" in refused.stderr
    Image.new("1", (20_001, 16)).save(work.folder / "wider.png")
    refused = work.command("invert", "wider.png", "--model", "toy-lion", "-o", "x.png")
    assert refused.returncode == 2
    assert "the limit is 20000 a side. Cut" in refused.stderr


@pytest.mark.parametrize("command", ["invert", "drag"])
def test_ctrl_c_keeps_what_was_found(work: PhotoWork, command: str) -> None:
    """`best` takes minutes. A real process, and the signal that a terminal sends."""
    part = ("--region", ",".join(map(str, REGION)), "--quality", "best", "--json")
    point = ("--point", "190,200:190,214") if command == "drag" else ()
    given = (command, "photo.png", "--model", "toy-lion", *part, *point)
    with work.begin(*given, "-o", f"early-{command}.png") as process:
        with held_worker("photo", work.environment, 60, share_done(0.1)):
            process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=patient(120))
    assert process.returncode == 130, errors
    assert "what was found so far is kept" in errors
    assert "It was stopped" in errors
    figures = json.loads(out)
    assert (figures["inversion"] if command == "drag" else figures)["explained"] > 0.5
    assert np.array_equal(work.pixels(f"early-{command}.png"), work.pixels("photo.png"))
    state = EditState.from_json(read_picture(work.folder / f"early-{command}.png").saved_state)
    assert state.photo is not None
    assert state.drags == ()
    work.run("drag", f"early-{command}.png", "--point", "190,200:190,214", "-o", "then.png")
