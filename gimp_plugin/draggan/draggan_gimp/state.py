"""The saved state of an edit, kept with its layer as a parasite: it travels in the XCF file."""

from __future__ import annotations

from gi.repository import Gimp

PARASITE = "draggan-state"
_FLAGS = 3
"""PERSISTENT | UNDOABLE: without the second, undo over the layer pops up an error in GIMP."""


def read_state(layer: Gimp.Layer) -> str:
    """The state kept with a layer, empty where there is none. The daemon checks what it says."""
    parasite = layer.get_parasite(PARASITE)
    if parasite is None:
        return ""
    return bytes(parasite.get_data()).decode("ascii", errors="replace")


def write_state(layer: Gimp.Layer, state: str) -> None:
    """Keep a state (ASCII, since GIMP's parasites take nothing above 127) with a layer."""
    layer.attach_parasite(Gimp.Parasite.new(PARASITE, _FLAGS, state.encode("ascii")))
