"""What GIMP asks the plug-in for: its procedures."""

from __future__ import annotations

from gi.repository import Gimp

from draggan_server.host.forms.commands import COMMANDS

from .procedures import create, name_of

_COMMANDS = {name_of(command): command for command in COMMANDS}


class DragganPlugIn(Gimp.PlugIn):
    """The plug-in as GIMP sees it."""

    def do_set_i18n(self, _name: str) -> bool:
        return False

    def do_query_procedures(self) -> list[str]:
        return list(_COMMANDS)

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        return create(self, _COMMANDS[name])
