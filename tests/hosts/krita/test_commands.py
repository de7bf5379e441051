"""The commands of the menu in a real Krita, by keys that a user has given them."""

from __future__ import annotations

import pytest

from draggan_server.host.layers.actions import ACTIONS
from draggan_server.host.sentences import refusals, said
from tests.hosts.krita.krita_host import BRIGHT, KritaHost

pytestmark = pytest.mark.krita


def test_each_command_has_an_icon_is_listed_for_a_shortcut_and_works_by_it(
    krita: KritaHost, fake_daemon: dict[str, str]
) -> None:
    texts = [action.text for action in ACTIONS.values()]
    arguments = {"commands": list(ACTIONS), "texts": texts, "other theme": BRIGHT}
    told = krita.run("commands:all_in_turn", arguments, fake_daemon, seconds=200)
    dark, bright = told["icons"]
    assert list(dark) == list(bright) == list(ACTIONS)
    assert min(dark.values()) > 150  # what is drawn for Krita's dark colours is light
    assert max(bright.values()) < 105
    assert told["listed"] == sorted(texts)
    assert told["nothing open"] == [refusals.NO_DOCUMENT]
    assert told["samples"]["none"] == [refusals.NONE_PICKED, refusals.NO_TWO_PICKED]
    assert told["samples"]["unfolded"]
    assert sorted(told["points"]["follows by turns"]) == [False, True]
    assert told["points"]["none"] == [refusals.NO_POINTS_SET] * 3
    assert told["mask"] == {
        "none": [refusals.NOTHING_PAINTED] * 2,
        "painted": [255, 0],
        "inverted": [0, 255],
        "no mask": [refusals.NO_MASK],
    }
    drag = told["drag"]
    assert drag["none"] == [
        *[refusals.NO_DRAG] * 2,
        *[refusals.NO_DRAG_BEFORE] * 2,
        refusals.NO_EARLIER,
        refusals.NO_LATER,
    ]
    assert (drag["first of all"], drag["before the first"]) == (1, [refusals.NO_EARLIER])
    assert set(drag["busy"]) == {refusals.DRAG_UNDER_WAY}
    assert drag["still"]
    assert drag["cancelled"]
    assert drag["stopped"]
    photo = told["photo"]
    assert photo["no frame"] == [refusals.NO_FRAME]
    assert photo["asked"] == said.MARK_AN_EYE
    assert "shows" in photo["recognised"]
