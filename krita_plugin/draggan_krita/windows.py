"""Krita's windows: which one a docker is in, what it shows, and when a tool is chosen in it."""

from __future__ import annotations

from typing import Any

from krita import Krita

from .documents import is_open
from .qt import QAbstractButton, QDockWidget, QObject, QWidget, alive, pyqtSignal


def window_of(docker: QWidget) -> Any:
    """The window of a docker, which may float; None where Krita has not put it into one yet, or has
    closed that."""
    windows = {window.qwindow(): window for window in Krita.instance().windows()}
    widget = docker
    while alive(widget) and widget not in windows:
        widget = widget.parentWidget()
    return windows.get(widget)


def view_in(window: Any) -> Any:
    """The view that the user works in; None where no document is open in the window."""
    view = window.activeView() if window is not None else None
    return view if view is not None and is_open(view.document()) else None


class ToolWatch(QObject):
    """Says when the user chooses a tool of a window, also the one that is active already."""

    chosen = pyqtSignal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._watched: set[str] = set()

    def watch(self, window: Any) -> None:
        """Listen to the window's tool box and to the tools' shortcuts. Call it again as tools may
        have been added."""
        tool_box = window.qwindow().findChild(QDockWidget, "ToolBox")
        buttons = tool_box.findChildren(QAbstractButton) if tool_box is not None else ()
        # A button bears the id of its tool, and so does the action of the tool's shortcut.
        for button in buttons:
            tool = button.objectName()
            action = Krita.instance().action(tool) if tool else None
            if action is not None and tool not in self._watched:
                self._watched.add(tool)
                button.clicked.connect(self.chosen)
                action.triggered.connect(self.chosen)
