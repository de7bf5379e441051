"""What Krita reads of the plug-in's actions before it runs."""

from __future__ import annotations

from xml.etree import ElementTree

from draggan_server.host.layers.actions import ACTIONS
from draggan_server.plugins.krita_actions import described_actions


def test_each_command_is_described_and_none_has_a_shortcut() -> None:
    root = ElementTree.fromstring(described_actions({}).encode())
    described = list(root.iter("Action"))
    names = [one.get("name") for one in described]
    assert names == ["draggan_menu", *(f"draggan_{name}" for name in ACTIONS)]
    texts = [one.findtext("text") for one in described]
    assert texts == ["DragGAN", *(action.text for action in ACTIONS.values())]
    assert {one.findtext("shortcut") for one in described} == {""}


def test_texts_are_translated_and_may_have_any_letters() -> None:
    described = described_actions({ACTIONS["state"].text: "<&>"})
    texts = {
        one.get("name"): one.findtext("text")
        for one in ElementTree.fromstring(described.encode()).iter("Action")
    }
    assert texts["draggan_state"] == "<&>"
    assert texts["draggan_models"] == "Models"
