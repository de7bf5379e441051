"""New pictures and their documents: places, names, undo, colour depths."""

from __future__ import annotations

import numpy as np
import pytest

from tests.colour_models import CHANNELS, SIDE
from tests.hosts.krita.krita_host import KritaHost
from tests.protocol.fake_engine import MODELS

pytestmark = pytest.mark.krita

Env = dict[str, str]

SPACES = [
    ("U8", "ClayRGB-elle-V2-g22.icc"),
    ("U16", "sRGB-elle-V2-g10.icc"),
    ("F16", "sRGB-elle-V2-g10.icc"),
    ("F32", "sRGB-elle-V2-g10.icc"),
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


def test_drags_in_deep_documents_keep_what_is_held_bit_for_bit(
    krita: KritaHost, fake_daemon: Env
) -> None:
    said = krita.run("pictures:deep_drags", {"spaces": SPACES}, fake_daemon)
    for depth, profile in SPACES:
        one = said[f"{depth} {profile}"]
        assert one["space"] == one["document"] == ["RGBA", depth, profile]
        assert one["status"].startswith("Arrived")
        assert one["bounds"] == one["bounds of the source"]
        assert one["last half kept"]
        assert one["first half changed"]
