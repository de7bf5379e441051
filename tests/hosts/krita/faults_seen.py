"""What is wrong with how widgets look: cut words, pale words, and what lies outside of the screen.

Runs in Krita's own Python.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from PyQt5.QtCore import QPoint, QRect, Qt
from PyQt5.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QWidget,
)

_LEAST_CONTRAST = 4.5  # WCAG 2.1, 1.4.3, of texts
_LEAST_OF_ICONS = 3.0  # 1.4.11
_LEAST_OF_OFF = 1.6  # what cannot be pressed is to be seen, and not to be read first
_BORDER = 5  # pixels of a button's edge, which is no part of its words
_ANSWERING = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QListWidget)
_WORDS = (QAbstractButton, QAbstractSpinBox, QComboBox, QLabel, QLineEdit, QProgressBar)


def faults(root: QWidget) -> list[str]:
    """Of all that can be seen in a window or docker; each says what is wrong with which widget."""
    return [*_cut(root), *_pale(root), *_outside(root), *_without_eyes_or_mouse(root)]


def _seen(root: QWidget) -> Iterator[QWidget]:
    for widget in root.findChildren(QWidget):
        inner = isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox)
        if widget.isVisible() and isinstance(widget, _WORDS) and not inner and _said(widget):
            yield widget


def _words(widget: Any) -> str:
    return widget.currentText() if isinstance(widget, QComboBox) else widget.text()


def _said(widget: Any) -> str:
    """What stands on it, or what it is called."""
    return _words(widget) or widget.accessibleName()


def _without_eyes_or_mouse(root: QWidget) -> Iterator[str]:
    """What a screen reader cannot name, and what the key Tab does not reach."""
    captioned = [label.buddy() for label in root.findChildren(QLabel)]
    for widget in root.findChildren(QWidget):
        inner = isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox | QScrollBar)
        if not isinstance(widget, _ANSWERING) or inner or _krita_s_own(widget):
            continue
        if not widget.isVisible():
            continue
        words = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not (words or widget.accessibleName() or widget in captioned):
            yield f"nameless: {type(widget).__name__}"
        if widget.isEnabled() and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield f"not reached by Tab: {words or widget.accessibleName()!r}"


def _krita_s_own(widget: QWidget) -> bool:
    """Whether it is a button in a docker's title."""
    return isinstance(widget.parentWidget().parentWidget(), QDockWidget)


def _cut(root: QWidget) -> Iterator[str]:
    for area in root.findChildren(QScrollArea):
        if area.isVisible() and area.widget().width() > area.viewport().width():
            yield f"wider than its room: {area.widget().width()} of {area.viewport().width()}"
    for widget in _seen(root):
        is_paragraph = isinstance(widget, QLabel) and widget.wordWrap()
        shrinks = isinstance(widget, QComboBox | QLineEdit)
        wanted = (widget.minimumSizeHint() if is_paragraph else widget.sizeHint()).width()
        if isinstance(widget, QPushButton):  # by themselves they are wider than their words
            words = widget.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, widget.text())
            wanted = words.width() + widget.iconSize().width() * (not widget.icon().isNull()) + 8
        if isinstance(widget, QAbstractSpinBox):  # of the longest value; here, what it shows
            longest = widget.fontMetrics().horizontalAdvance(str(widget.maximum()))
            wanted -= longest - widget.fontMetrics().horizontalAdvance(widget.text())
        if isinstance(widget, QProgressBar):
            wanted = widget.fontMetrics().horizontalAdvance(widget.text())
        if not shrinks and widget.width() < wanted:
            yield f"narrow: {_said(widget)!r}, {widget.width()} of {wanted}"
        least = widget.heightForWidth(widget.width()) if is_paragraph else 0
        if is_paragraph and widget.height() < least:
            yield f"low: {_said(widget)!r}, {widget.height()} of {least}"
        inside = widget.parentWidget().rect()
        if not inside.contains(widget.geometry()):
            yield f"beyond its place: {_said(widget)!r}"


def _pale(root: QWidget) -> Iterator[str]:
    for widget in _seen(root):
        found, least = _contrast(widget), _LEAST_OF_OFF
        if widget.isEnabled():
            least = _LEAST_CONTRAST if _words(widget) else _LEAST_OF_ICONS
        if found < least:
            yield f"pale: {_said(widget)!r}, {found:.1f} of {least}"


def _contrast(widget: QWidget) -> float:
    """Of what is painted, to what is most of it, on the ground of what it stands in."""
    image = widget.parentWidget().grab(widget.geometry()).toImage()
    edge = 0 if isinstance(widget, QLabel) else round(_BORDER * widget.devicePixelRatioF())
    beside = edge
    if isinstance(widget, QComboBox) and not widget.itemIcon(widget.currentIndex()).isNull():
        beside += round((widget.iconSize().width() + _BORDER) * widget.devicePixelRatioF())
    colours = Counter(
        image.pixel(x, y) & 0xFFFFFF
        for y in range(edge, image.height() - edge)
        for x in range(beside, image.width() - edge)
    )
    ((ground, _count),) = colours.most_common(1)
    return max(_ratio(ink, ground) for ink in colours)


def _ratio(one: int, other: int) -> float:
    """By WCAG 2.1, of two colours 0xRRGGBB."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: int) -> float:
    channels = [(colour >> shift & 255) / 255 for shift in (16, 8, 0)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _outside(root: QWidget) -> Iterator[str]:
    screen = QApplication.primaryScreen().geometry()
    # Krita's own first page is a pixel higher than the smallest screen.
    place = QRect(root.mapToGlobal(QPoint(0, 0)).x(), 0, root.width(), 1)
    if root.isWindow():
        place = root.frameGeometry()
    if not screen.contains(place):
        yield f"outside of the screen: {place.getRect()} of {screen.getRect()}"
