"""New pictures and their documents: places, names, undo, colour depths."""

from __future__ import annotations

import numpy as np
import pytest

from tests.colour_models import CHANNELS, SIDE
from tests.hosts.krita.krita_host import KritaHost
from tests.protocol.fake_engine import MODELS

pytestmark = pytest.mark.krita

Env = dict[str, str]

_LINEAR, _LAB = "sRGB-elle-V2-g10.icc", "Lab identity built-in"
SPACES = [
    ("RGBA", "U8", "ClayRGB-elle-V2-g22.icc"),
    *(("RGBA", depth, _LINEAR) for depth in ("U16", "F16", "F32")),
    ("GRAYA", "U8", "Gray-D50-elle-V2-srgbtrc.icc"),
    ("GRAYA", "U8", "Gray-D50-elle-V2-g18.icc"),
    *(("GRAYA", depth, "Gray-D50-elle-V2-g10.icc") for depth in ("U16", "F16", "F32")),
    *(("CMYKA", depth, "Chemical proof") for depth in ("U8", "U16", "F32")),
    ("LABA", "U16", _LAB),
]
LIONS = [
    ("GRAYA", "U8", "Gray-D50-elle-V2-srgbtrc.icc"),
    ("GRAYA", "F32", "Gray-D50-elle-V2-g10.icc"),
    ("CMYKA", "U8", "Chemical proof"),
    ("CMYKA", "U16", "Chemical proof"),
]


def test_where_new_pictures_go(krita: KritaHost, fake_daemon: Env) -> None:
    said = krita.run("pictures:placing", env=fake_daemon)
    assert said["new document"] == {
        "size": [32, 32],
        "names": ["steady, seed 7"],
        "bounds": [0, 0, 32, 32],
        "modified": True,
    }
    group = said["in a group"]
    assert group["parent"] == "group"
    assert group["names"] == ["Background", "group", "inner", "steady, seed 9"]
    assert group["bounds"] == [(101 - 32) // 2, (80 - 32) // 2, 32, 32]
    assert group["pixel"] == [0, 0, 9, 255]  # blue, green, red, alpha
    assert said["nodes after undo"] == said["nodes"] - 1
    deep = said["16 bits"]
    assert deep["bytes"] == 8
    # sRGB 100 is 0.1274 in linear light: 8352 of 65535, little endian.
    assert int.from_bytes(bytes.fromhex(deep["pixel"])[4:6], "little") == pytest.approx(
        8352, abs=40
    )


def test_the_menu_shows_the_docker_and_makes_the_first_picture(
    krita: KritaHost, fake_daemon: Env
) -> None:
    said = krita.run("pictures:first_of_all", env=fake_daemon)
    assert not said["shown before"]
    assert said["shown by the menu"]
    assert said["shown after"]
    assert said["names"] == ["steady, seed 0"]


def test_the_models_are_listed_anew_each_time(krita: KritaHost, fake_daemon: Env) -> None:
    said = krita.run("pictures:choosing", env=fake_daemon)
    assert said["before"] is None
    installed = [[model.name, True] for model in MODELS.models]
    assert said["listed"] == [*installed, ["lions-512", False]]
    shown = MODELS.thumbnail(1)
    assert shown is not None
    assert said["colour"] == list(shown.data[:3])
    assert said["after a grey one"] == MODELS.models[0].name
    assert said["chosen"] == "endless"
    assert said["of one"] == [1, "endless"]
    assert said["opened again"] == [len(installed) + 2, "endless"]  # and a gap


def test_seeds_are_looked_through_before_one_is_taken(krita: KritaHost, fake_daemon: Env) -> None:
    said = krita.run("pictures:previewing", env=fake_daemon)
    assert said["before"]
    assert said["names"] == ["Background"]
    assert said["taken"] == [f"{MODELS.models[0].name}, seed 119", 119]


def test_the_picture_is_found_on_a_layer_that_was_changed(
    krita: KritaHost, fake_daemon: Env
) -> None:
    said = krita.run("pictures:transformed", env=fake_daemon)
    place = [(120 - 32) // 2, (100 - 32) // 2, 32, 32]
    assert said["scaled"]["before"][2:] == [64, 64]
    assert said["scaled"]["result"] == said["scaled"]["before"]
    assert said["moved"]["result"] == said["moved"]["before"] == [37, 43, 32, 32]
    # Paint beyond the picture is left out, what is cleared inside still belongs to it.
    assert said["painted"]["before"] != place
    assert said["painted"]["result"] == place
    assert said["cleared"]["before"] != place
    assert said["cleared"]["result"] == place
    # A turned picture is no rectangle any more: its old place is sent, and the daemon compares.
    assert said["turned"]["before"][2] > 32
    assert said["turned"]["result"] == place


def test_a_result_looks_as_its_source_and_takes_its_place(
    krita: KritaHost, fake_daemon: Env
) -> None:
    said = krita.run("pictures:looks", env=fake_daemon)
    look = said["source"]
    assert (look["opacity"], look["mode"], look["label"]) == (102, "multiply", 3)
    assert [mask[:2] for mask in look["masks"]] == [
        ["transparencymask", "half"],
        ["filtermask", "blur"],
    ]
    assert said["result"] == look
    source = ["Background", "steady, seed 1", "half", "blur"]
    assert said["names"] == [*source, "Dragged: steady, seed 1", "half", "blur"]
    # Below a result that can be seen through, its source would be seen a second time.
    assert said["source visible"] is False
    assert said["result visible"]
    assert said["status"].startswith("Arrived")
    assert said["names undone"] == source
    assert said["status undone"].startswith("The result is undone.")
    assert said["names redone"] == said["names"]
    assert said["status redone"] == said["status"]
    assert said["plain source visible"]


def test_a_picture_with_transparent_borders_keeps_its_place(
    krita: KritaHost, fake_daemon: Env
) -> None:
    said = krita.run("pictures:sprite", env=fake_daemon)
    x, y = (120 - 32) // 2, (100 - 32) // 2
    assert said[0] == {"before": [x + 8, y + 8, 16, 16], "result": [x, y, 32, 32]}
    assert said[1] == {"before": [x + 13, y + 4, 16, 16], "result": [x + 5, y - 4, 32, 32]}


def test_gray_pictures_and_pictures_with_alpha(krita: KritaHost, colour_daemon: Env) -> None:
    arguments = {"models": list(CHANNELS), "side": SIDE}
    said = krita.run("pictures:colours", arguments, colour_daemon, seconds=200)
    for model, found in said.items():
        assert found["names"][-1] == f"Dragged: {model}, seed 0"
        source, result = (
            np.fromfile(found[name], np.uint8).reshape(SIDE, SIDE, 4)
            for name in ("source", "result")
        )
        assert (source != result).any()
        for shown in (source, result):
            assert np.ptp(shown[..., 2].astype(int)) > 100
            if model == "gray":
                assert (shown[..., :3] == shown[..., :1]).all()
                assert (shown[..., 3] == 255).all()
            else:
                assert shown[..., 3].min() == 0
                assert shown[..., 3].max() == 255
                assert (shown[..., 0] != shown[..., 2]).any()


def test_drags_in_any_colours_leave_the_document_as_it_is(
    krita: KritaHost, fake_daemon: Env
) -> None:
    said = krita.run("pictures:in_colour_spaces", {"spaces": SPACES}, fake_daemon, seconds=200)
    for space in SPACES:
        one = said[" ".join(space)]
        assert one["space"] == one["document"] == list(space)
        assert one["status"].startswith("Arrived")
        assert one["bounds"] == one["bounds of the source"]
        assert one["others"] == 3
        assert one["others kept"]
        assert one["last half kept"]
        assert one["first half changed"]
    assert said["grown"] < 48 * 2**20  # a converted picture that is not freed is 1 MiB or more


def test_a_lion_is_dragged_in_grey_and_in_inks(krita: KritaHost, daemon: Env) -> None:
    said = krita.run("pictures:lions", {"spaces": LIONS}, daemon, seconds=300)
    for space in LIONS:
        one = said[" ".join(space)]
        assert one["status"].startswith("Arrived"), one
        assert one["names"][-1] == "Dragged: toy-lion, seed 8"
        assert one["space"] == list(space)
        assert one["same place"]
        before, after = (
            np.fromfile(path, np.uint8).reshape(256, 256, 4)[..., :3].astype(int)
            for path in one["files"]
        )
        change = np.abs(before - after).mean(axis=-1)
        assert change[180:212, 110:150].mean() > 10
        assert change[:40].mean() < 3
        if space[0] == "GRAYA":
            assert (np.ptp(after, axis=-1) <= 1).all()
        else:
            assert np.ptp(after, axis=-1).mean() > 20
