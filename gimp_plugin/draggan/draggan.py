#!/usr/bin/env python3
"""DragGAN for GIMP 3: draw a picture by a model, then drag points of it to where they should be.

GIMP runs this file; what it does stands in `draggan_gimp`. The installer puts the code that talks
to the daemon into `vendor`, and into `draggan_gimp` the module that loads it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from draggan_gimp.log import start_logging
from gi.repository import Gimp

if __name__ == "__main__":
    start_logging()  # before the rest is imported, so that a failing import is logged too
    from draggan_gimp.vendored import load

    load(Path(__file__).resolve().parent / "vendor")
    from draggan_gimp.plug_in import DragganPlugIn

    from draggan_server.host.translation import use_language

    use_language()  # GIMP hands its own on to its plug-ins in the environment
    Gimp.main(DragganPlugIn.__gtype__, sys.argv)
