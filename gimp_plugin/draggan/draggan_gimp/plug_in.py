"""What GIMP asks the plug-in for: its procedures."""

from __future__ import annotations

from gi.repository import Gimp

from draggan_server.host.forms.commands import (
    DRAG,
    HISTORY,
    INFO,
    INVERT,
    MODELS,
    SAMPLE,
    STATE,
)

from . import drag, sample, scripted
from .procedures import create, name_of, show_window

_PROCEDURES = {
    name_of(SAMPLE): (SAMPLE, sample.draw, sample.WANTS),
    name_of(DRAG): (DRAG, drag.drag, drag.WANTS),
    name_of(INVERT): (INVERT, scripted.invert, drag.WANTS),
    name_of(HISTORY): (HISTORY, scripted.go_back, drag.WANTS),
    name_of(INFO): (INFO, scripted.tell, drag.WANTS),
    **{
        name_of(one): (one, show_window(one.window), sample.WANTS)
        for one in (MODELS, STATE)
        if one.window is not None
    },
}


class DragganPlugIn(Gimp.PlugIn):
    """The plug-in as GIMP sees it."""

    def do_set_i18n(self, _name: str) -> bool:
        return False

    def do_query_procedures(self) -> list[str]:
        return list(_PROCEDURES)

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        return create(self, *_PROCEDURES[name])
