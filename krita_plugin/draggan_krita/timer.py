"""Krita's timer, as the plug-ins' brain wants it."""

from __future__ import annotations

from draggan_server.host.link import Every, Stop

from .qt import QObject, QTimer


def timer_of(parent: QObject) -> Every:
    """Timers that end with `parent` at the latest."""

    def every(milliseconds: int, tick: Stop) -> Stop:
        timer = QTimer(parent)
        timer.timeout.connect(tick)
        timer.start(milliseconds)

        def stop() -> None:
            timer.stop()
            timer.deleteLater()

        return stop

    return every
