"""The list of models, asked for each time the user opens it: a new one may have come."""

from __future__ import annotations

from typing import Any

from draggan_server.host.model_words import about_model, how_to_get
from draggan_server.host.sentences import words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import ModelList, Pixels

from .icons import picture_icon
from .qt import (
    QComboBox,
    QIcon,
    QPixmap,
    QSize,
    QSizePolicy,
    QStyledItemDelegate,
    Qt,
    pyqtSignal,
)

_ABOUT = Qt.ItemDataRole.UserRole + 1
_SMALL, _LARGE = 18, 40  # pixels of the pictures, closed and in the list


class ModelChooser(QComboBox):
    """Installed models can be chosen; available ones are grey and say how.

    Until the models are known it stands for the one of the name `first`, or for the default one.
    The daemon is not started by merely showing it.
    """

    wanted = pyqtSignal()
    """The user opens the list: call `show_models`, or `give_up`."""

    def __init__(self, first: str) -> None:
        super().__init__()
        self._first = first
        self._known = False
        self._opened = False
        self.addItem(first or tr(words.DEFAULT_MODEL))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setIconSize(QSize(_SMALL, _SMALL))
        self.view().setIconSize(QSize(_LARGE, _LARGE))
        self.setItemDelegate(_TwoLines(self))

    def name(self) -> str | None:
        """The chosen model's name; None for the default one while the models are not known."""
        return self.currentData(Qt.ItemDataRole.UserRole) if self._known else None

    def show_models(self, listed: ModelList) -> None:
        """Offer these, the first one chosen unless the one chosen before is among them."""
        before = self.name() if self._known else self._first
        self.clear()
        for index, model in enumerate(listed.models):
            about = about_model(model)
            self._add(model.name, about, _icon(listed.thumbnail(index)))
            tip = tr(words.LICENCE, licence=model.licence)
            self.setItemData(index, tip, Qt.ItemDataRole.ToolTipRole)
        self._known = bool(listed.models)
        self.setCurrentIndex(max(self.findData(before), 0))
        if listed.available:
            self.insertSeparator(self.count())
        for model in listed.available:
            self._add(model.name, how_to_get(model), _icon(None))
            self.model().item(self.count() - 1).setEnabled(False)
        self._open()

    def give_up(self) -> None:
        """The models cannot be had now; those known are shown, opening the list asks again."""
        if self._known:
            self._open()
        self._opened = False

    def showPopup(self) -> None:
        if not self._opened:
            self._opened = True
            self.wanted.emit()

    def _open(self) -> None:
        if self._opened:
            self._opened = False
            self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + _LARGE)
            super().showPopup()

    def _add(self, name: str, about: str, icon: QIcon) -> None:
        self.addItem(icon, name, name)
        self.setItemData(self.count() - 1, about, _ABOUT)


class _TwoLines(QStyledItemDelegate):
    """In the list, what a model shows stands below its name."""

    def initStyleOption(self, option: Any, index: Any) -> None:
        super().initStyleOption(option, index)
        if about := index.data(_ABOUT):
            option.text = f"{option.text}\N{LINE SEPARATOR}{about}"


def _icon(picture: Pixels | None) -> QIcon:
    """The picture, which stays as it is where an item is grey; an empty one keeps its place."""
    if picture is not None:
        return picture_icon(picture)
    pixmap = QPixmap(_LARGE, _LARGE)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)
