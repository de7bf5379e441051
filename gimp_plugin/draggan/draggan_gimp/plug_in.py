"""What GIMP asks the plug-in for: its procedures."""

from __future__ import annotations

from gi.repository import Gimp

from . import drag, sample

_PROCEDURES = {sample.NAME: sample.create, drag.NAME: drag.create}


class DragganPlugIn(Gimp.PlugIn):
    """The plug-in as GIMP sees it."""

    def do_set_i18n(self, _name: str) -> bool:
        return False

    def do_query_procedures(self) -> list[str]:
        return list(_PROCEDURES)

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        return _PROCEDURES[name](self)
