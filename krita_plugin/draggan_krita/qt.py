"""Every Qt import of the plug-in: `from .qt import QWidget`. Krita 5 brings PyQt5, Krita 6 PyQt6.

PyQt5 comes first: Krita 6 refuses it with an ImportError, while a PyQt6 that happens to be
installed would load a second Qt into Krita 5.
"""

from __future__ import annotations

from typing import Any, TypeGuard, TypeVar

try:
    from PyQt5 import QtCore, QtGui, QtWidgets, sip
except ImportError:
    from PyQt6 import QtCore, QtGui, QtWidgets, sip

T = TypeVar("T")


def __getattr__(name: str) -> Any:
    """A class of Qt's, whichever of its modules has it."""
    for module in (QtCore, QtGui, QtWidgets):
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(name)


def place_of(event: Any) -> Any:
    """Where a mouse, a pen or a finger is: Qt 5 has another name for each."""
    names = ("position", "posF", "localPos", "pos")
    return getattr(event, next(name for name in names if hasattr(event, name)))()


def alive(thing: T | None) -> TypeGuard[T]:
    """Whether a Qt object that Python holds still exists; Krita deletes canvases with views."""
    return thing is not None and not sip.isdeleted(thing)
