"""GIMP's timer, as the plug-ins' brain wants it."""

from __future__ import annotations

from gi.repository import GLib

from draggan_server.host.link import Stop


def every(milliseconds: int, tick: Stop) -> Stop:
    """Call `tick` again and again from GLib's main loop."""

    def again() -> bool:
        tick()
        return GLib.SOURCE_CONTINUE

    source = GLib.timeout_add(milliseconds, again)

    def stop() -> None:
        GLib.source_remove(source)

    return stop
