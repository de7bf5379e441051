"""GIMP's timer, as the plug-ins' brain wants it."""

from __future__ import annotations

import functools

from gi.repository import GLib

from draggan_server.host.link import Stop


def every(milliseconds: int, tick: Stop) -> Stop:
    """Call `tick` again and again from GLib's main loop."""

    def again() -> bool:
        tick()
        return GLib.SOURCE_CONTINUE

    return functools.partial(GLib.source_remove, GLib.timeout_add(milliseconds, again))
