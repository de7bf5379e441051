"""Krita's canvas: the widget that shows a view, and the map from the image's pixels to it."""

from __future__ import annotations

from typing import Any

from .qt import QMdiArea, QTransform, QWidget

_CANVAS_CLASSES = ("KisOpenGLCanvas2", "KisQPainterCanvas")


def canvas_widget(view: Any) -> QWidget | None:
    """The widget that paints the active view; None while Krita is still setting it up."""
    centre = view.window().qwindow().centralWidget()
    area = centre.findChild(QMdiArea) if centre is not None else None
    sub_window = area.activeSubWindow() if area is not None else None
    if sub_window is None:
        return None
    inside = sub_window.findChildren(QWidget)
    return next((one for one in inside if one.metaObject().className() in _CANVAS_CLASSES), None)


def image_to_widget(view: Any) -> QTransform | None:
    """From image coordinates, (0, 0) the image's corner, to the canvas widget's. Krita would crash
    on a view whose document was closed."""
    image_to_flake, invertible = view.flakeToImageTransform().inverted()
    return image_to_flake * view.flakeToCanvasTransform() if invertible else None
