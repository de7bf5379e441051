"""A layer's notes as parasites, which travel in the XCF file."""

from __future__ import annotations

from dataclasses import dataclass

from gi.repository import Gimp

_LASTING, _PASSING = 3, 0
"""PERSISTENT | UNDOABLE: without the second, undo over the layer pops up an error in GIMP. Or only
as long as the image is open."""


@dataclass(frozen=True)
class Parasites:
    """As the brain's `Notes`."""

    layer: Gimp.Layer

    def size(self) -> tuple[int, int]:
        return self.layer.get_width(), self.layer.get_height()

    def read(self, name: str) -> str:
        parasite = self.layer.get_parasite(name)
        if parasite is None:
            return ""
        return bytes(parasite.get_data()).decode("ascii", errors="replace")

    def write(self, name: str, text: str, lasting: bool = True) -> None:
        if text:
            flags = _LASTING if lasting else _PASSING
            self.layer.attach_parasite(Gimp.Parasite.new(name, flags, text.encode("ascii")))
        else:
            self.layer.detach_parasite(name)
