"""Pickles made to run something, or to exhaust memory or time."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator
from typing import NamedTuple

from tests.unit.stylegan2.checkpoints.assembler import (
    archive,
    call,
    data,
    integer,
    list_of,
    name,
    name_from_stack,
    nested_storage,
    storage,
    stream,
    table,
    tensor,
    text,
    tuple_of,
    whole,
)
from tests.unit.stylegan2.checkpoints.gadgets import GADGETS

LOOT = "touch /tmp/pickle-was-run"


class Malicious(NamedTuple):
    """What it is, the file, and a pattern of the reason for which it is to be refused."""

    label: str
    content: bytes
    reason: str


def corpus() -> list[Malicious]:
    return [*_gadgets(), *_operations(), *_nested(), *_bombs()]


def _gadgets() -> Iterator[Malicious]:
    """Each by a name of its own, in turn everywhere that a pickle may lie."""
    places = {
        "alone": whole,
        "among networks": lambda value: whole(table(D=b"N", G_ema=value)),
        "in a zip file": lambda value: archive(whole(value)),
        "in a stream": stream,
        "in a stream's header": lambda value: stream(b"N", system=value),
        "in a nested storage": lambda value: whole(
            call(name("torch.storage._load_from_bytes"), data(stream(value)))
        ),
        "in the state of a network": lambda value: whole(
            call(
                name("torch_utils.persistence._reconstruct_persistent_obj"),
                table(class_name=text("Generator"), state=table(_modules=value)),
            )
        ),
    }
    for number, gadget in enumerate(GADGETS):
        place, wrap = list(places.items())[number % len(places)]
        module, _, last = gadget.rpartition(".")
        mention = name(gadget) if number % 2 else name_from_stack(module, last)
        # Called, made without __init__, given a state, or only mentioned.
        use = (
            mention + tuple_of(text(LOOT)) + pickle.REDUCE,
            mention + tuple_of(text(LOOT)) + pickle.NEWOBJ,
            mention + table(x=text(LOOT)) + pickle.BUILD,
            mention,
        )[number // 2 % 4]
        yield Malicious(f"{gadget}, {place}", wrap(use), f"asks for '{gadget}'")


def _operations() -> Iterator[Malicious]:
    """Operations that checkpoints do not need, and tricks with names that they may mention."""
    plain = "which no checkpoint needs"
    eval_ = tuple_of(text("1"))
    for label, value in {
        "INST": pickle.MARK + text(LOOT) + pickle.INST + b"os\nsystem\n",
        "OBJ": pickle.MARK + name("collections.OrderedDict") + text(LOOT) + pickle.OBJ,
        "NEWOBJ_EX": name("collections.OrderedDict") + b")}" + pickle.NEWOBJ_EX,
        "EXT1": pickle.EXT1 + b"\x01",
        "EXT2": pickle.EXT2 + b"\x01\x00",
        "EXT4": pickle.EXT4 + b"\x01\x00\x00\x00",
        "PERSID": pickle.PERSID + b"storage\n",
        "NEXT_BUFFER": pickle.NEXT_BUFFER,
        "READONLY_BUFFER": b"N" + pickle.READONLY_BUFFER,
        "INT": pickle.INT + b"1" * 5000 + b"\n",
        "LONG": pickle.LONG + b"9" * 100_000 + b"L\n",
        "STRING": pickle.STRING + b"'x'\n",
        "UNICODE": pickle.UNICODE + b"x\n",
        "FLOAT": pickle.FLOAT + b"1e5\n",
    }.items():
        yield Malicious(label, whole(value), plain)
    for label, mention in {
        "an attribute of an allowed name": name_from_stack(
            "torch._utils", "_rebuild_tensor_v2.__globals__"
        ),
        "a method of an allowed name": name_from_stack("collections", "OrderedDict.fromkeys"),
        "a module as a name": name_from_stack("", "os"),
        "a dotted way to eval": name_from_stack("collections", "abc.sys.modules"),
        "a look-alike": name_from_stack("collections", "ОrderedDict"),
        "a line in a name": name_from_stack("os\nsystem", "collections.OrderedDict"),
        "an allowed name split elsewhere": name_from_stack("torch._utils._rebuild_tensor", "v2"),
        "the source of a persistent object": name_from_stack(
            "torch_utils.persistence", "_module_to_src_dict"
        ),
    }.items():
        yield Malicious(label, whole(mention + eval_ + pickle.REDUCE), "asks for")
    long_name = pickle.GLOBAL + b"o" * 300 + b"\nsystem\n"
    yield Malicious("a long name", whole(long_name), "more than 200 bytes")
    yield Malicious(
        "a long name from the stack", whole(name_from_stack("o" * 300, "x")), "more than 200"
    )
    yield Malicious("a name of numbers", whole(integer(1) * 2 + pickle.STACK_GLOBAL), "damaged")
    yield Malicious("a call of a type", whole(call(name("torch.FloatStorage"))), "calls 'torch.F")
    yield Malicious("a call of a text", whole(call(text("os.system"), text(LOOT))), "damaged")
    yield Malicious("a call of a call", whole(call(call(name("torch.Size")))), "damaged")
    yield Malicious(
        "a state for a list", whole(list_of() + table(x=text("y")) + pickle.BUILD), "damaged"
    )
    yield Malicious(
        "a table that pretends to be a list", whole(b"}" + text("x") + pickle.APPEND), "damaged"
    )
    encode = name("_codecs.encode")
    yield Malicious("a codec that runs", whole(call(encode, text("x"), text("zip"))), "damaged")
    yield Malicious("a table of a text", whole(call(name("dnnlib.EasyDict"), text("ab"))), "damag")
    yield Malicious(
        "a tuple as a key", whole(pickle.MARK + tuple_of() + b"N" + pickle.DICT), "damaged"
    )


def _nested() -> Iterator[Malicious]:
    load = name("torch.storage._load_from_bytes")

    def nested(inner: bytes) -> bytes:
        return whole(call(load, data(inner)))

    raw = struct.pack("<q", 4) + bytes(16)
    one = list_of(text("0"))
    for label, inner, reason in (
        ("a stream in a nested stream", stream(call(load, data(stream(b"N")))), "asks for"),
        ("no stream", b"not a stream", "has an operation"),
        ("nothing", b"", "cut short"),
        ("another magic number", stream(b"N", magic=integer(7)), "begins like"),
        ("the highest byte first", stream(b"N", system=table()), "highest byte first"),
        ("no storage", stream(b"N"), "holds something else"),
        ("a storage that is not listed", stream(storage()), "does not name those"),
        (
            "a storage listed twice",
            stream(storage(), keys=list_of(text("0"), text("0")), storages=raw),
            "does not name those",
        ),
        ("a storage without data", stream(storage(), keys=one), "data of its tensors go on"),
        (
            "another size than declared",
            stream(storage(), keys=one, storages=struct.pack("<q", 9) + bytes(16)),
            "and 9 where it lies",
        ),
        ("an enormous storage", stream(storage(count=1 << 62), keys=one), "data of its tensors"),
        ("a negative storage", stream(storage(count=-4), keys=one), "hold -4 items"),
        ("an unknown type", stream(storage("QInt32Storage"), keys=one), "asks for"),
        (
            "two types of one storage",
            stream(tuple_of(storage(), storage("HalfStorage")), keys=one, storages=raw),
            "in two ways",
        ),
        ("a reference that is none", stream(text("x") + pickle.BINPERSID), "no storage"),
        (
            "a reference to a module",
            stream(tuple_of(text("module"), *[text("x")] * 3) + pickle.BINPERSID),
            "no storage",
        ),
    ):
        yield Malicious(f"nested: {label}", nested(inner), reason)
    yield Malicious("nested: a number", whole(call(load, integer(5))), "damaged")
    yield Malicious("a reference in a pickle", whole(storage()), "outside of it")


def _bombs() -> Iterator[Malicious]:
    grow = b"0h\x00h\x00\x86q\x00" * 60  # each a pair of the one before
    yield Malicious("a doubling tuple as a key", whole(b"]q\x00" + grow + b"}h\x00Ns"), "damaged")
    yield Malicious("a doubling tuple", whole(b")q\x00" + grow), "no StyleGAN2 network")
    yield Malicious("a list in itself", whole(b"]q\x00h\x00a"), "no StyleGAN2 network")
    deep = whole(b"N" + pickle.TUPLE1 * 400_000)
    yield Malicious("a deep tuple", deep, "no StyleGAN2 network")
    yield Malicious(
        "a deep tuple as a member", whole(b"\x8f(N" + b"\x85" * 400_000 + b"\x90"), "dama"
    )
    yield Malicious("marks", whole(pickle.MARK * 1_100_000), "1000000 operations")
    yield Malicious("tables", whole(pickle.EMPTY_DICT * 1_100_000), "1000000 operations")
    yield Malicious("copies on the stack", whole(b"N" + pickle.DUP * 1_100_000), "1000000 oper")
    pairs = list_of(*(list_of(integer(i), b"N") for i in range(1000)))
    copies = pairs + b"q\x00" + (name("collections.OrderedDict") + b"h\x00\x85R") * 2000
    yield Malicious("a table copied again and again", whole(copies), "1000000 operations")
    again = stream(text("x" * 100_000))
    repeated = data(again) + b"q\x00" + (name("torch.storage._load_from_bytes") + b"h\x00\x85R")
    yield Malicious("a nested text", whole(repeated), "holds something else")
    big = text("x" * (1 << 20)) + b"q\x000"
    encoded = (name("_codecs.encode") + b"h\x00" + text("latin1") + b"\x86R") * 80
    yield Malicious("a text encoded again and again", whole(big + encoded), "bytes of text")
    for label, head in {
        "BINBYTES8": pickle.BINBYTES8 + struct.pack("<Q", 1 << 62),
        "BINUNICODE8": pickle.BINUNICODE8 + struct.pack("<Q", (1 << 63) - 1),
        "BYTEARRAY8": pickle.BYTEARRAY8 + struct.pack("<Q", 1 << 40),
        "BINBYTES": pickle.BINBYTES + struct.pack("<I", (1 << 32) - 1),
        "BINUNICODE": pickle.BINUNICODE + struct.pack("<I", (1 << 31)),
    }.items():
        yield Malicious(f"{label} of an enormous size", whole(head), "cut short|bytes of text")
    number = pickle.LONG4 + struct.pack("<I", 100_000) + b"\x7f" * 100_000
    yield Malicious("a number of 100,000 bytes", whole(number), "the limit is 64")
    yield Malicious("a negative number's size", whole(pickle.LONG4 + b"\xff" * 4), "limit is 64")
    yield Malicious("a far memo", whole(b"Nr\xff\xff\xff\xff"), "no StyleGAN2 network")
    yield Malicious("an empty memo", whole(b"h\x05"), "damaged")
    yield Malicious("an empty stack", whole(b""), "damaged")
    yield Malicious("protocol 200", b"\x80\xc8N.", "protocol 200")
    reconstruct = name("torch_utils.persistence._reconstruct_persistent_obj")
    doubling = table(class_name=b")q\x00" + grow, state=b"}")
    yield Malicious("a doubling class name", whole(call(reconstruct, doubling)), "no class")
    module = call(
        reconstruct,
        table(class_name=text("Generator"), state=b"}q\x00"),
    )
    yield Malicious(
        "a module in itself",
        whole(module + b"q\x01h\x00" + text("_modules") + b"}" + text("a") + b"h\x01ss0"),
        "nested without end",
    )
    wide = b"}(" + b"".join(text(f"m{i}") + b"h\x01" for i in range(4000)) + b"u"
    yield Malicious(
        "a module in itself thousands of times",
        whole(module + b"q\x01h\x00" + text("_modules") + wide + b"s0"),
        "more than 5000 modules",
    )
    number = tensor(nested_storage(1), offset=integer(0), shape=tuple_of(), strides=tuple_of())
    names = b"".join(text(f"t{i}") + b"h\x02" for i in range(30_000))
    yield Malicious(
        "a tensor under any number of names",
        whole(module + b"q\x01h\x00" + text("_buffers") + number + b"q\x020}(" + names + b"us0"),
        "more than 20000 tensors",
    )
    yield Malicious(
        "a state dictionary without end",
        whole(number + b"q\x020}(" + names + b"u"),
        "more than 20000 tensors",
    )
