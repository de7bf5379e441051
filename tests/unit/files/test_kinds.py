"""Photo files written in kind: what does not change is the same bit for bit, and so is all else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from draggan_server.files.colour_space import most
from draggan_server.files.photo_file import PhotoFile
from draggan_server.files.picture import Picture, read_image, read_mask, read_picture, write_photo
from draggan_server.files.region import Region
from draggan_server.wire.errors import BadInput
from tests.unit.files import photos
from tests.unit.files.photos import HEIGHT, WIDTH, values

BOX = (12, 9, 40, 30)
"""Left, top, right and bottom of what changes, upright."""
COLOUR = (30, 200, 60)

u8, u16, f2, f4, f8 = np.uint8, np.uint16, np.float16, np.float32, np.float64

PNGS: dict[str, Callable[[Path], None]] = {
    "gray 8": lambda p: photos.png_with_everything(p, values(1)),
    "gray 16": lambda p: photos.png(p, values(1, u16)),
    "gray alpha 8": lambda p: photos.png(p, values(2)),
    "gray alpha 16": lambda p: photos.png(p, values(2, u16)),
    "rgb 8": lambda p: photos.png_with_everything(p, values(3)),
    "rgb 16": lambda p: photos.png_with_everything(p, values(3, u16)),
    "rgba 8": lambda p: photos.png_with_everything(p, values(4)),
    "rgba 16": lambda p: photos.png_with_everything(p, values(4, u16)),
    "rgb 16 on its side": lambda p: photos.png_with_everything(p, values(3, u16), 6),
    "rgb 8 with a colour that is seen through": lambda p: photos.keyed_png(p, u8),
    "rgb 16 with a colour that is seen through": lambda p: photos.keyed_png(p, u16),
    "palette": photos.palette_png,
    "palette of 4 bits": lambda p: photos.palette_png(p, 4),
    "bilevel": lambda p: Image.fromarray(values(1)[..., 0]).convert("1").save(p),
}
TIFFS: dict[str, Callable[[Path], None]] = {
    "gray 8": lambda p: photos.tiff(p, values(1)),
    "gray 16, white is zero": lambda p: photos.tiff(p, values(1, u16), photometric="miniswhite"),
    "rgb 8 lzw": lambda p: photos.tiff(p, values(3), compression="lzw", rowsperstrip=7),
    "rgb 16": lambda p: photos.tiff(p, values(3, u16)),
    "rgb 16 deflate, predicted": lambda p: photos.tiff(
        p, values(3, u16), compression="deflate", predictor=True, rowsperstrip=8
    ),
    "rgb 16 lzw, big-endian": lambda p: photos.tiff(
        p, values(3, u16), compression="lzw", predictor=True, byteorder=">", rowsperstrip=5
    ),
    "rgb 16 tiles": lambda p: photos.tiff(p, values(3, u16), compression="lzw", tile=(16, 16)),
    "rgb 8 planes": lambda p: photos.tiff(
        p, np.moveaxis(values(3), 2, 0), photometric="rgb", planarconfig="separate",
        iccprofile=photos.ADOBE_RGB, rowsperstrip=9,
    ),
    "rgba 16": lambda p: photos.tiff(p, values(4, u16), extrasamples=["unassalpha"]),
    "rgba 16 premultiplied": lambda p: photos.tiff(p, premultiplied(), extrasamples=["assocalpha"]),
    "rgb 8 and what nobody knows": lambda p: photos.tiff(
        p, values(4), extrasamples=["unspecified"]
    ),
    "cmyk 8": photos.cmyk_tiff,
    "cmyk 16 packbits": lambda p: photos.cmyk_tiff(p, u16, compression="packbits", rowsperstrip=8),
    "palette": lambda p: Image.fromarray(values(3)).quantize(180).save(p),
    "gray of floats": lambda p: photos.tiff(p, values(1, f4)),
    "rgb of floats": lambda p: photos.tiff(p, values(3, f4), rowsperstrip=7),
    "rgb of floats, sRGB": lambda p: photos.tiff(p, values(3, f4), iccprofile=None),
    "rgb of floats, deflate, predicted": lambda p: photos.tiff(
        p, values(3, f4), compression="deflate", predictor=3, rowsperstrip=8
    ),
    "rgb of floats, tiles, big-endian, predicted": lambda p: photos.tiff(
        p, values(3, f4), compression="lzw", predictor=3, byteorder=">", tile=(16, 16)
    ),
    "rgb of long floats": lambda p: photos.tiff(p, values(3, f8)),
    "rgb of half floats": lambda p: photos.tiff(p, values(3, f2), iccprofile=None),
    "rgba of floats": lambda p: photos.tiff(p, values(4, f4), extrasamples=["unassalpha"]),
    "rgba of floats, premultiplied": lambda p: photos.tiff(
        p, premultiplied(f4), extrasamples=["assocalpha"]
    ),
    "big": lambda p: tifffile.imwrite(p, values(3, u16), bigtiff=True, photometric="rgb"),
}  # fmt: skip
LOSSLESS = {
    **{f"png, {name}": (".png", make) for name, make in PNGS.items()},
    **{f"tiff, {name}": (".tif", make) for name, make in TIFFS.items()},
    "webp": (
        ".webp",
        lambda p: Image.fromarray(values(4)).save(p, lossless=True, exact=True, exif=photos.exif()),
    ),
}


def premultiplied(dtype: Any = u16) -> Any:
    samples = values(4, dtype).astype(float)
    samples[..., :3] *= samples[..., 3:] / most(dtype)
    return (samples if dtype == f4 else samples.round()).astype(dtype)


def painted(file: PhotoFile) -> Image.Image:
    after = file.image.copy()
    box = np.asarray(after)[BOX[1] : BOX[3], BOX[0] : BOX[2]].copy()
    box[..., :3] = COLOUR
    after.paste(Image.fromarray(box), BOX[:2])
    return after


def box_of(file: PhotoFile) -> np.ndarray:
    """[H, W] of bools in the file's own rows: what may change."""
    width, height = file.image.size
    mask = np.zeros((height, width), np.uint8)
    mask[BOX[1] : BOX[3], BOX[0] : BOX[2]] = 255
    undo = {1: None, 6: Image.Transpose.ROTATE_90}[file.raster.orientation]
    image = Image.fromarray(mask)
    return np.asarray(image if undo is None else image.transpose(undo)) > 0


def native(path: Path) -> np.ndarray:
    """All samples [H, W, S] as the file has them, by other means than what is tested."""
    if path.suffix == ".tif":
        samples = tifffile.imread(path, key=0)
        if samples.shape[0] < 5:
            samples = np.moveaxis(samples, 0, 2)
    else:
        with Image.open(path) as image:
            samples = np.asarray(image).astype(np.uint8)
            if path.suffix == ".png" and image.mode not in ("P", "1"):
                samples = imagecodecs.png_decode(path.read_bytes())
    return samples.reshape(*samples.shape[:2], -1)


@pytest.mark.parametrize("name", LOSSLESS)
class TestLossless:
    @pytest.fixture
    def source(self, tmp_path: Path, name: str) -> Path:
        ending, make = LOSSLESS[name]
        make(tmp_path / f"source{ending}")
        return tmp_path / f"source{ending}"

    def test_nothing_changed_is_the_same_pixels(self, source: Path) -> None:
        file, out = PhotoFile.read(source), source.with_stem("out")
        assert file.write(out, file.image, {})
        assert np.array_equal(native(source), native(out))

    def test_what_changed_looks_so_and_the_rest_is_the_same_bit_for_bit(
        self, source: Path, name: str
    ) -> None:
        file, out = PhotoFile.read(source), source.with_stem("out")
        after = painted(file)
        assert file.write(out, after, {})
        before, now, box = native(source), native(out), box_of(file)
        assert before.dtype == now.dtype
        assert before.shape == now.shape
        assert np.array_equal(before[~box], now[~box])
        seen = np.asarray(PhotoFile.read(out).image, int)
        wanted = np.asarray(after, int)
        inside = np.zeros(seen.shape[:2], bool)
        inside[BOX[1] : BOX[3], BOX[0] : BOX[2]] = wanted[BOX[1] : BOX[3], BOX[0] : BOX[2], 3] > 60
        assert np.array_equal(seen[..., 3], wanted[..., 3])
        old = np.asarray(file.image, int)
        assert np.array_equal(seen[~inside & (old[..., 3] > 60)], old[~inside & (old[..., 3] > 60)])
        inside &= np.abs(wanted - old).max(axis=2) > 32  # else colours beyond sRGB stay so
        off = np.abs(seen - wanted)[inside]
        if file.raster.space.model == "gray":
            gray = seen[inside][:, :3]
            assert (gray.max(axis=1) - gray.min(axis=1)).max() <= 1
            assert 90 < gray.mean() < 256
        elif "4 bits" in name:  # there is no room for new colours: the nearest is taken
            entries = np.unique(old.reshape(-1, 4), axis=0)[:, None] * (1, 1, 1, 8)
            far = ((wanted[inside] * (1, 1, 1, 8) - entries) ** 2).sum(axis=2).min(axis=0)
            assert ((off**2).sum(axis=1) == far).all()
        else:
            assert off.max() <= 4

    def test_mode_depth_and_all_that_is_said_beside_stay(self, source: Path, name: str) -> None:
        file, out = PhotoFile.read(source), source.with_stem("out")
        file.write(out, painted(file), {})
        if "floats" not in name:  # which Pillow does not read
            with Image.open(source) as a, Image.open(out) as b:
                assert a.mode == b.mode
                for key in ("icc_profile", "dpi", "exif", "xmp", "gamma"):
                    assert a.info.get(key) == b.info.get(key)
        if source.suffix == ".png":
            old, new = (photos.png_chunks(path.read_bytes()) for path in (source, out))
            kept = [chunk for chunk in old if chunk[0] not in (b"IDAT", b"PLTE", b"tRNS")]
            assert [c for c in new if c[0] not in (b"IDAT", b"PLTE", b"tRNS")] == kept
        if source.suffix == ".tif":
            with tifffile.TiffFile(source) as a, tifffile.TiffFile(out) as b:
                assert len(a.pages) == len(b.pages)
                for tag in a.pages[0].tags:
                    if "Offsets" not in tag.name and "ByteCounts" not in tag.name:
                        other = b.pages[0].tags[tag.code]
                        assert (tag.name == "ColorMap") or other.value == tag.value, tag.name
                for page, other in list(zip(a.pages, b.pages, strict=True))[1:]:
                    assert np.array_equal(page.asarray(), other.asarray())


@pytest.mark.parametrize("options", [
    {"quality": 83, "subsampling": 0}, {"quality": 61, "subsampling": 2, "progressive": True},
    {"mode": "L", "quality": 90}, {"mode": "CMYK", "quality": 85},
    {"quality": 75, "orientation": 6},
])  # fmt: skip
def test_a_jpeg_is_encoded_as_it_was(tmp_path: Path, options: dict[str, Any]) -> None:
    source, out = tmp_path / "source.jpg", tmp_path / "out.jpg"
    photos.jpeg(source, icc_profile=photos.srgb_profile(), **options)
    file = PhotoFile.read(source)
    assert file.write(out, painted(file), {})
    with Image.open(source) as a, Image.open(out) as b:
        assert (a.mode, a.quantization, a.layer) == (b.mode, b.quantization, b.layer)
        assert a.info.get("progressive") == b.info.get("progressive")
        assert dict(a.getexif()) == dict(b.getexif())
        for key in ("icc_profile", "exif", "comment"):
            assert a.info[key] == b.info[key]
    seen, old, wanted = (
        np.asarray(image, float) for image in (PhotoFile.read(out).image, file.image, painted(file))
    )
    if file.raster.orientation == 1:
        beyond = seen[:, 50:] - old[:, 50:]  # other blocks
        assert np.abs(beyond).mean() < (4 if options.get("subsampling") == 2 else 1.5)
    middle = (slice(BOX[1] + 6, BOX[3] - 6), slice(BOX[0] + 6, BOX[2] - 6), slice(0, 3))
    if options.get("mode") != "L":
        assert np.abs(seen - wanted)[middle].mean() < 10


def test_a_lossy_webp_keeps_what_it_says(tmp_path: Path) -> None:
    source, out = tmp_path / "source.webp", tmp_path / "out.webp"
    image = Image.fromarray(values(3))
    image.save(source, quality=80, exif=photos.exif(), icc_profile=photos.srgb_profile())
    file = PhotoFile.read(source)
    assert file.write(out, painted(file), {})
    with Image.open(source) as a, Image.open(out) as b:
        assert (a.mode, a.info["exif"], a.info["icc_profile"]) == (
            b.mode, b.info["exif"], b.info["icc_profile"],
        )  # fmt: skip
    assert out.stat().st_size > source.stat().st_size  # of a higher quality


@pytest.mark.parametrize("dtype", [u8, u16, f4])
def test_1000_random_changes_of_random_parts_leave_every_other_bit(dtype: Any) -> None:
    """At any orientation, with any alpha, whatever the profile."""
    from draggan_server.files.colour_space import ColourSpace
    from draggan_server.files.raster import Raster

    random, differing = np.random.default_rng(1), 0
    spaces = [ColourSpace("gray"), ColourSpace("rgb"), ColourSpace("cmyk")]
    spaces.append(ColourSpace("rgb", photos.ADOBE_RGB))
    if dtype == f4:
        del spaces[2]  # such files are not read
    for _ in range(1000):
        space = spaces[random.integers(len(spaces))]
        alpha = ("none", "straight", "associated")[random.integers(3)]
        extra = int(random.integers(2))
        count = space.channels + (alpha != "none") + extra
        size = random.integers(4, 24, 2)
        samples = random.integers(0, most(dtype) + 1, (*size, count)).astype(dtype)
        if dtype == f4:
            samples += random.uniform(-1, 2, samples.shape).astype(f4)
            samples[random.random(samples.shape) < 0.01] = (np.nan, np.inf, -np.inf)[
                random.integers(3)
            ]
        raster = Raster(samples, space, alpha, orientation=int(random.integers(1, 9)))
        before = raster.view()
        mask = random.random((before.height, before.width)) < random.random()
        after = np.asarray(before).copy()
        after[mask, :3] = random.integers(0, 256, (int(mask.sum()), 3))
        same = raster.seen_as(before, Image.fromarray(after))
        bits = f"u{samples.itemsize}"
        changed = (same.samples.view(bits) != samples.view(bits)).any(axis=2)
        held = Raster(
            np.zeros((*size, 1), np.uint8), ColourSpace("gray"), orientation=raster.orientation
        )
        away = np.asarray(held.view().convert("L")).shape
        assert away == mask.shape
        upright = Raster(
            changed[..., None].astype(np.uint8) * 255, ColourSpace("gray"),
            orientation=raster.orientation,
        ).view()  # fmt: skip
        differing += int((np.asarray(upright)[..., 0][~mask] > 0).sum())
        if extra:
            assert np.array_equal(same.samples.view(bits)[..., -1], samples.view(bits)[..., -1])
    assert differing == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_seen_upright(tmp_path: Path, orientation: int) -> None:
    photos.jpeg(tmp_path / "a.jpg", orientation=orientation, quality=95)
    with Image.open(tmp_path / "a.jpg") as image:
        wanted = ImageOps.exif_transpose(image).convert("RGBA")
    assert read_image(tmp_path / "a.jpg").tobytes() == wanted.tobytes()


def test_what_16_bits_say_beyond_8_stays_with_a_slight_change(tmp_path: Path) -> None:
    source, out = tmp_path / "source.png", tmp_path / "out.png"
    photos.png(source, values(3, u16))
    file = PhotoFile.read(source)
    after = Image.fromarray(np.asarray(file.image) - np.array([2, 2, 2, 0], np.uint8))
    file.write(out, after, {})
    assert np.array_equal(native(source) - native(out), np.full((HEIGHT, WIDTH, 3), 2 * 257))


def test_a_profile_s_colours_are_seen_as_those_of_srgb(tmp_path: Path) -> None:
    green = np.zeros((16, 16, 3), np.uint8)
    green[...] = (120, 160, 90)
    photos.png(tmp_path / "plain.png", green)
    photos.png_with_everything(tmp_path / "adobe.png", green)
    plain = read_image(tmp_path / "plain.png").getpixel((3, 3))
    adobe = read_image(tmp_path / "adobe.png").getpixel((3, 3))
    assert plain == (120, 160, 90, 255)
    assert adobe[0] < 110  # Adobe RGB's greens are of less red than sRGB's
    assert adobe[1] in range(159, 164)


@pytest.mark.parametrize(
    ("ending", "make"),
    [(".tif", TIFFS["rgb 16 tiles"]), (".tif", TIFFS["palette"]), (".jpg", photos.jpeg)],
)
def test_other_kinds_become_pngs_of_their_mode_and_depth(
    tmp_path: Path, ending: str, make: Callable[[Path], None]
) -> None:
    source, out = tmp_path / f"source{ending}", tmp_path / "out.png"
    make(source)
    file = PhotoFile.read(source)
    write_photo(out, Picture(file.image, "state", Region(1, 2, 20, 16), file))
    assert np.array_equal(native(source), native(out))
    with Image.open(source) as a, Image.open(out) as b:
        assert a.info.get("icc_profile") == b.info.get("icc_profile")
        assert b.getexif().get(0x10F) == ("Camera" if ending == ".jpg" else None)
    read = read_picture(out)
    assert (read.saved_state, read.region) == ("state", Region(1, 2, 20, 16))
    assert read.image.tobytes() == file.image.tobytes()


def test_a_photo_on_its_side_becomes_an_upright_png(tmp_path: Path) -> None:
    photos.jpeg(tmp_path / "a.jpg", orientation=6)
    file = PhotoFile.read(tmp_path / "a.jpg")
    write_photo(tmp_path / "a.png", Picture(file.image, "state", None, file))
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (HEIGHT, WIDTH)
        assert image.getexif()[0x112] == 1
    assert read_image(tmp_path / "a.png").tobytes() == file.image.tobytes()


def test_cmyk_becomes_a_png_as_it_looks(tmp_path: Path) -> None:
    photos.cmyk_tiff(tmp_path / "a.tif")
    file = PhotoFile.read(tmp_path / "a.tif")
    write_photo(tmp_path / "a.png", Picture(file.image, "state", None, file))
    assert read_image(tmp_path / "a.png").tobytes() == file.image.tobytes()


def test_a_state_is_in_the_png_once_and_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    photos.png_with_everything(path, values(3, u16))
    file = PhotoFile.read(path)
    write_photo(path, Picture(file.image, "one", Region(0, 0, 20, 20), file))
    write_photo(path, Picture(file.image, "two", Region(0, 0, 20, 20), PhotoFile.read(path)))
    assert read_picture(path).saved_state == "two"
    texts = [content for name, content in photos.png_chunks(path.read_bytes()) if name == b"tEXt"]
    assert sorted(texts) == [
        b"Author\0Someone",
        b"draggan-region\x000,0,20,20",
        b"draggan-state\0two",
    ]


def test_a_dark_16_bit_colour_of_a_mask_is_not_black(tmp_path: Path) -> None:
    samples = np.zeros((4, 4, 3), u16)
    samples[1, 2, 2] = 5
    photos.png(tmp_path / "mask.png", samples)
    mask = np.frombuffer(read_mask(tmp_path / "mask.png").data, np.uint8).reshape(4, 4)
    assert mask.nonzero() == (np.array([1]), np.array([2]))


def animation(path: Path) -> None:
    frames = [Image.fromarray(values(3, seed=n)) for n in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("a.webp", animation, "it is an animation"),
        ("a.png", animation, "it is an animation"),
        ("a.tif", lambda p: Image.fromarray(values(3)).convert("LAB").save(p), "CIELAB"),
        ("a.tif", lambda p: Image.fromarray(values(3)).save(p, compression="jpeg"), "JPEG"),
        ("a.tif", lambda p: Image.fromarray(values(1)[..., 0]).convert("1").save(p), "bool"),
    ],
)
def test_what_would_lose_something_is_shown_but_not_written_in_kind(
    tmp_path: Path, name: str, make: Callable[[Path], None], reason: str
) -> None:
    make(tmp_path / name)
    file = PhotoFile.read(tmp_path / name)
    assert file.image.size == (WIDTH, HEIGHT)
    assert reason in file.why_not
    assert file.endings == ()
    out = tmp_path / f"out{Path(name).suffix}"
    if out.suffix == ".png":
        file.check_writable(out)  # as a still picture
    else:
        with pytest.raises(BadInput, match=r"Give an output that ends in \.png"):
            file.check_writable(out)


def test_what_has_no_alpha_cannot_become_transparent_and_is_written_as_rgba(tmp_path: Path) -> None:
    photos.png(tmp_path / "a.png", values(3))
    file = PhotoFile.read(tmp_path / "a.png")
    after = file.image.copy()
    after.putalpha(100)
    write_photo(tmp_path / "b.png", Picture(after, "state", None, file))
    assert read_picture(tmp_path / "b.png").image.tobytes() == after.tobytes()
    with pytest.raises(BadInput, match="cannot hold the picture"):
        write_photo(tmp_path / "b.tif", Picture(after, "state", None, file))


@pytest.mark.parametrize("ending", [".png", ".tif", ".jpg", ".webp"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_half_a_file_is_said_to_be_no_image(tmp_path: Path, ending: str, share: float) -> None:
    path = tmp_path / f"a{ending}"
    Image.fromarray(values(3)).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BadInput, match=f"a{ending} cannot be read as an image"):
        PhotoFile.read(path)


def test_what_is_no_image_is_said_without_what_reads_it(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(BadInput, match=r"a\.png cannot be read as an image: it is damaged") as said:
        PhotoFile.read(tmp_path / "a.png")
    assert "BytesIO" not in str(said.value)
    with pytest.raises(BadInput, match="is a folder: give a file in it"):
        PhotoFile.read(tmp_path)


def test_what_is_whiter_than_white_stays_where_colours_change_little(tmp_path: Path) -> None:
    samples = np.full((8, 8, 3), 0.5, f4)
    samples[:4] = 3.0
    tifffile.imwrite(tmp_path / "sun.tif", samples, photometric="rgb", metadata=None)
    file = PhotoFile.read(tmp_path / "sun.tif")
    assert file.image.getpixel((0, 0)) == (255, 255, 255, 255)
    assert file.image.getpixel((0, 7)) == (128, 128, 128, 255)
    after = np.asarray(file.image).copy()
    after[:2, :, :3] = 250  # nearly as it was
    after[2:4, :, :3] = 100
    assert file.write(tmp_path / "out.tif", Image.fromarray(after), {})
    now = tifffile.imread(tmp_path / "out.tif")
    assert np.allclose(now[:2], 3 - 5 / 255)
    assert np.allclose(now[2:4], 100 / 255)
    assert np.array_equal(now[4:], samples[4:])


def test_floating_point_becomes_a_png_of_16_bits(tmp_path: Path) -> None:
    samples = values(3, f4)
    photos.tiff(tmp_path / "a.tif", samples)
    file = PhotoFile.read(tmp_path / "a.tif")
    assert file.write(tmp_path / "a.png", painted(file), {})
    png = imagecodecs.png_decode((tmp_path / "a.png").read_bytes())
    assert png.dtype == u16
    outside = ~box_of(file)
    assert np.array_equal(png[outside], (samples.clip(0, 1) * 65535).round()[outside])
    with Image.open(tmp_path / "a.png") as image:
        assert image.info["icc_profile"] == photos.ADOBE_RGB


@pytest.mark.parametrize("options", [{"photometric": "miniswhite"}, {"photometric": "separated"}])
def test_floating_point_of_which_nothing_says_what_is_white_is_refused(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    samples = values(4 if options["photometric"] == "separated" else 1, f4)
    tifffile.imwrite(tmp_path / "a.tif", samples.squeeze(), metadata=None, **options)
    with pytest.raises(BadInput, match=r"a\.tif"):
        PhotoFile.read(tmp_path / "a.tif")
