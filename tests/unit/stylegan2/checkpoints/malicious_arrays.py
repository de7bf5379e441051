"""Zip files and arrays made to unpack to any size, or to read beyond their own bytes."""

from __future__ import annotations

import io
import pickle
import warnings
import zipfile
import zlib
from collections.abc import Iterator

from tests.unit.stylegan2.checkpoints.assembler import (
    archive,
    call,
    data,
    integer,
    list_of,
    name,
    nested_storage,
    table,
    tensor,
    text,
    tuple_of,
    whole,
)
from tests.unit.stylegan2.checkpoints.malicious import Malicious


def corpus() -> list[Malicious]:
    return [*_zips(), *_shapes()]


def _zips() -> Iterator[Malicious]:
    use = tensor(
        tuple_of(text("storage"), name("torch.FloatStorage"), text("0"), text("cpu"), integer(4))
        + pickle.BINPERSID,
        offset=integer(0),
        shape=tuple_of(integer(4)),
        strides=tuple_of(integer(1)),
    )
    good = whole(table(g_ema=table(x=use)))
    floats = {"archive/data/0": bytes(16)}
    bomb = archive(whole(b"N") + bytes(20 << 20), compress=zipfile.ZIP_DEFLATED)
    yield Malicious("zip: a bomb", bomb, "is compressed")
    yield Malicious("zip: deflated", archive(good, floats, zipfile.ZIP_DEFLATED), "is compressed")
    yield Malicious("zip: bzip2", archive(good, floats, zipfile.ZIP_BZIP2), "is compressed")
    yield Malicious("zip: lzma", archive(good, floats, zipfile.ZIP_LZMA), "is compressed")
    yield Malicious("zip: no data", archive(good), "lacks the data of the storage '0'")
    short = archive(good, {"archive/data/0": bytes(12)})
    yield Malicious("zip: a short storage", short, "the file has 12 for it")
    yield Malicious(
        "zip: the highest byte first",
        archive(good, {**floats, "archive/byteorder": b"big"}),
        "high",
    )
    yield Malicious(
        "zip: a program", archive(good, {**floats, "archive/constants.pkl": b""}), "TorchScript"
    )
    yield Malicious("zip: two pickles", archive(good, {"other/data.pkl": b"N."}), "not one of Py")
    yield Malicious("zip: nothing of PyTorch's", _renamed(archive(good), b"data.pkl"), "not one of")
    outside = good.replace(text("0"), text("../../../etc/passwd"))
    yield Malicious("zip: a path as a key", archive(outside, floats), "lacks the data")
    absolute = good.replace(text("0"), text("/etc/passwd"))
    yield Malicious("zip: an absolute path as a key", archive(absolute, floats), "lacks the data")
    pickle_as_data = good.replace(text("0"), text("../data.pkl"))
    yield Malicious(
        "zip: its own pickle as data", archive(pickle_as_data, floats), "lacks the data"
    )
    climbing = archive(good, {"../../../tmp/x": b"", **floats})
    yield Malicious("zip: an entry that climbs", climbing, "no StyleGAN2 network")
    cut = archive(good, floats)
    yield Malicious("zip: cut short", cut[: len(cut) // 2], "no sound table of contents")
    yield Malicious("zip: nothing but its beginning", b"PK\x03\x04", "no sound table of contents")
    yield Malicious("zip: an empty one", b"PK\x05\x06" + bytes(18), "not one of PyTorch")
    for label, old, new, reason in (
        ("encrypted", 8, b"\x01\x00", "encrypted"),
        ("a size beyond the end", 20, b"\xff\xff\xff\x7f" * 2, "beyond the file's end"),
        ("an entry beyond the end", 42, b"\x00\x00\x00\x7f", "beyond the file's end|sound table"),
        ("another method", 10, b"\x63\x00", "is compressed"),
    ):
        start = cut.index(b"PK\x01\x02") + old
        content = cut[:start] + new + cut[start + len(new) :]
        yield Malicious(f"zip: {label}", content, reason)
    file = io.BytesIO(cut)
    with zipfile.ZipFile(file, "a") as zipped, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, of what is meant here
        zipped.writestr("archive/data.pkl", whole(name("os.system")))
    yield Malicious("zip: an entry twice", file.getvalue(), "two entries of one name")
    raw = zlib.compress(bytes(1 << 24), 9)
    yield Malicious("a compressed pickle", b"\x1f\x8b" + raw, "gzip")


def _shapes() -> Iterator[Malicious]:
    def sizes(*values: int) -> bytes:
        return tuple_of(*map(integer, values))

    for label, offset, shape, strides, reason in (
        ("larger than its storage", 0, sizes(5), sizes(1), "beyond its storage"),
        ("an offset beyond", 1, sizes(4), sizes(1), "beyond its storage"),
        ("a negative offset", -1, sizes(4), sizes(1), "no whole numbers"),
        ("a negative size", 0, sizes(-4), sizes(1), "no whole numbers"),
        ("a negative stride", 3, sizes(4), sizes(-1), "no whole numbers"),
        ("wide strides", 0, sizes(2, 2), sizes(1 << 40, 1), "beyond its storage"),
        ("a product that overflows", 0, sizes(1 << 32, 1 << 32), sizes(1, 1), "beyond its stor"),
        ("one number as a huge array", 0, sizes(1 << 20, 1 << 20), sizes(0, 0), "beyond its s"),
        ("more items than there are", 0, sizes(3, 2), sizes(1, 1), "beyond its storage"),
        ("fewer strides", 0, sizes(2, 2), sizes(1), "2 dimensions but 1 strides"),
        ("more strides", 0, sizes(2), sizes(1, 1), "1 dimensions but 2 strides"),
        ("nine dimensions", 0, sizes(*[1] * 9), sizes(*[1] * 9), "shape or strides"),
        ("a size that is true", 0, tuple_of(b"\x88"), sizes(1), "no whole numbers"),
        ("a size that is a text", 0, tuple_of(text("4")), sizes(1), "no whole numbers"),
        ("a shape that is a list", 0, list_of(integer(4)), sizes(1), "shape or strides of list"),
        ("strides that are nothing", 0, sizes(4), b"N", "shape or strides of NoneType"),
    ):
        value = tensor(nested_storage(4), offset=integer(offset), shape=shape, strides=strides)
        yield Malicious(f"a tensor with {label}", whole(value), reason)
    fake = tensor(text("x"), offset=integer(0), shape=sizes(1), strides=sizes(1))
    yield Malicious("a tensor of a text", whole(fake), "damaged")
    yield Malicious(
        "a parameter of a table", whole(call(name("torch._utils._rebuild_parameter"), b"}")), "dam"
    )
    float32 = call(name("numpy.dtype"), text("f4"))
    for label, dtype, shape, count, reason in (
        ("larger than its bytes", float32, sizes(5), 16, "the file has 16 for it"),
        ("smaller than its bytes", float32, sizes(3), 16, "the file has 16 for it"),
        ("an enormous shape", float32, sizes(1 << 40, 1 << 40), 16, "the file has 16"),
        ("a negative shape", float32, sizes(-1, -4), 16, "no short list"),
        ("nine dimensions", float32, sizes(*[1] * 9), 4, "no short list"),
    ):
        empty = call(
            name("numpy.core.multiarray._reconstruct"), name("numpy.ndarray"), sizes(0), data(b"b")
        )
        state = tuple_of(integer(1), shape, dtype, pickle.NEWFALSE, data(bytes(count)))
        yield Malicious(f"numpy: {label}", whole(empty + state + pickle.BUILD), reason)
    big_endian = float32 + tuple_of(integer(3), text(">")) + pickle.BUILD
    scalar = call(name("numpy._core.multiarray.scalar"), big_endian, data(bytes(4)))
    yield Malicious("numpy: the highest byte first", whole(scalar), "highest byte first")
    objects = call(name("numpy.dtype"), text("O8"))
    scalar = call(name("numpy.core.multiarray.scalar"), objects, data(bytes(8)))
    yield Malicious("numpy: an object", whole(scalar), "damaged")


def _renamed(content: bytes, part: bytes) -> bytes:
    return content.replace(part, part.upper())
