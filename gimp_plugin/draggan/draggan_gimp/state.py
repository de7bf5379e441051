"""What a layer keeps of its edit, as parasites, which travel in the XCF file: the saved state, and
where on the layer the picture lies."""

from __future__ import annotations

from gi.repository import Gimp

from draggan_server.host.region import KeptRegion, Region

PARASITE = "draggan-state"
REGION_PARASITE = "draggan-region"
_FLAGS = 3
"""PERSISTENT | UNDOABLE: without the second, undo over the layer pops up an error in GIMP."""


def read_state(layer: Gimp.Layer) -> str:
    """The state kept with a layer, empty where there is none. The daemon checks what it says."""
    return _read(layer, PARASITE)


def write_state(layer: Gimp.Layer, state: str) -> None:
    """Keep a state (ASCII, since GIMP's parasites take nothing above 127) with a layer."""
    _write(layer, PARASITE, state)


def read_region(layer: Gimp.Layer) -> Region:
    """Where the picture lies, in the layer's pixels, also where that was scaled since: all of the
    layer, unless it is a part of a photo."""
    width, height = layer.get_width(), layer.get_height()
    kept = KeptRegion.from_json(_read(layer, REGION_PARASITE))
    return Region(0, 0, width, height) if kept is None else kept.at_size(width, height)


def write_region(layer: Gimp.Layer, region: Region) -> None:
    """Keep where the picture lies, in the layer's pixels."""
    width, height = layer.get_width(), layer.get_height()
    if region != Region(0, 0, width, height):
        _write(layer, REGION_PARASITE, KeptRegion(region, width, height).to_json())
    elif _read(layer, REGION_PARASITE):
        layer.detach_parasite(REGION_PARASITE)


def _read(layer: Gimp.Layer, name: str) -> str:
    parasite = layer.get_parasite(name)
    if parasite is None:
        return ""
    return bytes(parasite.get_data()).decode("ascii", errors="replace")


def _write(layer: Gimp.Layer, name: str, text: str) -> None:
    layer.attach_parasite(Gimp.Parasite.new(name, _FLAGS, text.encode("ascii")))
