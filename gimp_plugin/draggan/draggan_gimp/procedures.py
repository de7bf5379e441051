"""The brain's commands as procedures of GIMP's, which lie in its menu too."""

from __future__ import annotations

import functools
from typing import Any

from gi.repository import Gimp, GObject

from draggan_server.host.forms.commands import Argument, Command
from draggan_server.host.sentences import tips, words
from draggan_server.host.translation import tr

from .outcome import answer
from .work import work

_BOTH = GObject.ParamFlags.READWRITE
# Wider than what is allowed: GIMP ignores a value out of range without an error, we answer.
_LEAST, _MOST, _FAR = -(2**31), 2**31 - 1, 1e6
_ONE_LAYER = Gimp.ProcedureSensitivityMask.DRAWABLE
_ANYTHING = (
    _ONE_LAYER
    | Gimp.ProcedureSensitivityMask.DRAWABLES
    | Gimp.ProcedureSensitivityMask.NO_DRAWABLES
    | Gimp.ProcedureSensitivityMask.NO_IMAGE
)


def name_of(command: Command) -> str:
    return f"plug-in-draggan-{command.name}"


def create(plug_in: Gimp.PlugIn, command: Command) -> Gimp.Procedure:
    def run(procedure: Gimp.Procedure, *given: Any) -> Gimp.ValueArray:
        *asked, _data = given
        return answer(procedure, functools.partial(work, command, procedure, *asked))

    kind = Gimp.PDBProcType.PLUGIN
    procedure = Gimp.ImageProcedure.new(plug_in, name_of(command), kind, run, None)
    procedure.set_image_types("RGB*, GRAY*")
    procedure.set_sensitivity_mask(_ONE_LAYER if command.needs_layer else _ANYTHING)
    if command.menu:
        procedure.set_menu_label(tr(command.menu))
        procedure.add_menu_path("<Image>/Filters/DragGAN")
    procedure.set_documentation(tr(command.blurb), tr(command.help), None)
    procedure.set_attribution(tr(words.AUTHORS), tr(words.MIT_LICENCE), "2026")
    for argument in command.arguments:
        _add(procedure, argument)
    if command.makes_layer:
        procedure.add_layer_return_value("layer", tr(words.LAYER), tr(tips.NEW_LAYER), True, _BOTH)
    if command.tells:
        procedure.add_string_return_value(
            "account", tr(words.ACCOUNT), tr(command.tells), "", _BOTH
        )
    return procedure


def _add(procedure: Gimp.Procedure, argument: Argument) -> None:
    said = argument.name, tr(argument.item.label), argument.explained
    usual = argument.default
    if isinstance(usual, str):
        procedure.add_string_argument(*said, usual, _BOTH)
    elif isinstance(usual, int):
        procedure.add_int_argument(*said, _LEAST, _MOST, usual, _BOTH)
    else:
        procedure.add_double_argument(*said, -_FAR, _FAR, usual, _BOTH)
