"""The DragGAN docker: joins its panel, the canvas, the layers and the daemon."""

from __future__ import annotations

from typing import Any

from krita import DockWidget, Krita

from .overlay_keeper import OverlayKeeper
from .panel import Panel
from .qt import QTimer


class DragganDocker(DockWidget):
    """One for each window of Krita; `brain` is what it does."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("DragGAN")
        self._overlay_keeper = OverlayKeeper(self)
        brain = self.brain = self._overlay_keeper.brain
        self.destroyed.connect(lambda: brain.close())
        self.panel = Panel(self.brain)
        self.setWidget(self.panel)
        self.visibilityChanged.connect(self.brain.be_seen)

    def canvasChanged(self, canvas: Any) -> None:
        # Krita calls this while it is still building or destroying the view.
        QTimer.singleShot(0, self.brain.desk.guarded(self.brain.follow))


def active_docker() -> DragganDocker | None:
    """The docker of the window that the user works in."""
    window = Krita.instance().activeWindow()
    dockers = window.dockers() if window is not None else ()
    return next((docker for docker in dockers if isinstance(docker, DragganDocker)), None)
