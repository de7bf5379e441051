"""Rows, forms and headings, as narrow as a docker may be."""

from __future__ import annotations

from typing import Any

from draggan_server.host.sentences import words
from draggan_server.host.translation import plain, tr

from .qt import QFormLayout, QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

SPACING = 5
_LABELS = (
    words.MODEL,
    words.SEED,
    words.TRUNCATION,
    words.METHOD,
    words.MAX_STEPS,
    words.QUALITY,
)
_LEAST_FIELD = 56


def line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Sunken)
    return line


def two_rows(first: QHBoxLayout, second: QHBoxLayout) -> QWidget:
    widget = QWidget()
    rows = QVBoxLayout(widget)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(SPACING)
    rows.addLayout(first)
    rows.addLayout(second)
    return widget


def let_shrink(widget: QWidget) -> None:
    """Give it the room that there is: by itself it asks for that of its longest content."""
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    widget.setMinimumWidth(_LEAST_FIELD)


def heading(title: str) -> QWidget:
    label = QLabel(title)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    heading = QWidget()
    row = row_of(label, line())
    row.setStretch(1, 1)
    heading.setLayout(row)
    return heading


def name_of(label: str) -> str:
    """A label as Krita shows it: none of its dockers has keys for theirs."""
    return plain(tr(label))


def label_of(text: str, field: QWidget) -> QLabel:
    """The label of a field, by which a screen reader names it."""
    label = QLabel(name_of(text))
    label.setBuddy(field)
    # As wide in one section as in the other.
    widest = max(map(label.fontMetrics().horizontalAdvance, map(name_of, _LABELS)))
    label.setMinimumWidth(widest)
    return label


def form_of(*fields: tuple[str, QWidget]) -> QFormLayout:
    """Fields below each other, each with its label before it."""
    form = QFormLayout()
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setSpacing(SPACING)
    for label, field in fields:
        form.addRow(label_of(label, field), field)
    return form


def row_of(*widgets: Any) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget)
    return row
