"""The description of the plug-in's actions for Krita, which lists them by it for shortcuts.

Made from the brain's table of commands, so that the two cannot differ. None has a shortcut: it
would take one of Krita's, or of another plug-in's. Icons are given when the plug-in runs, in the
colour of Krita's theme: a name here could only be that of one of Krita's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from draggan_server.host.layers.actions import ACTIONS

MENU = ("menu", "DragGAN")
"""The action that opens the menu of the others."""

_WHOLE = """\
<?xml version="1.0" encoding="UTF-8"?>
<ActionCollection version="2" name="Scripts">
  <Actions category="Scripts">
    <text>DragGAN</text>
{actions}  </Actions>
</ActionCollection>
"""
_ONE = """\
    <Action name="draggan_{name}">
      <icon></icon>
      <text>{text}</text>
      <whatsThis></whatsThis>
      <toolTip></toolTip>
      <iconText></iconText>
      <activationFlags>0</activationFlags>
      <activationConditions>0</activationConditions>
      <shortcut></shortcut>
      <isCheckable>false</isCheckable>
      <statusTip></statusTip>
    </Action>
"""


def described_actions(translated: Mapping[str, str]) -> str:
    """An .action file of Krita's; texts that are not `translated` stay English."""
    texts = dict((MENU, *((name, action.text) for name, action in ACTIONS.items())))
    described = (
        _ONE.format(name=name, text=escape(translated.get(text, text)))
        for name, text in texts.items()
    )
    return _WHOLE.format(actions="".join(described))
