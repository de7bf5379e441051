"""The list of models, asked for when the user first opens it."""

from __future__ import annotations

from collections.abc import Sequence

from draggan_server.wire.messages import ModelInfo

from .qt import QComboBox, QSizePolicy, Qt, pyqtSignal


class ModelChooser(QComboBox):
    """Until the models are known it stands for the default one. The daemon is not started by
    merely showing it."""

    wanted = pyqtSignal()
    """The user has opened the list before the models were known."""

    def __init__(self) -> None:
        super().__init__()
        self._known = False
        self._opened = False
        self.addItem("Default model")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def name(self) -> str | None:
        """The chosen model's name; None for the default one while the models are not known."""
        return self.currentData(Qt.ItemDataRole.UserRole) if self._known else None

    def show_models(self, models: Sequence[ModelInfo]) -> None:
        """Offer these, the first one chosen unless the one chosen before is among them."""
        before = self.name()
        self.clear()
        for number, model in enumerate(models):
            self.addItem(f"{model.name} ({model.width} × {model.height})", model.name)
            about = f"{model.subject}; licence: {model.licence}"
            self.setItemData(number, about, Qt.ItemDataRole.ToolTipRole)
        self._known = bool(models)
        self.setCurrentIndex(max(self.findData(before), 0))
        if self._opened:
            self._opened = False
            self.showPopup()

    def give_up(self) -> None:
        """The models that `wanted` asked for cannot be had now; opening the list asks again."""
        self._opened = False

    def showPopup(self) -> None:
        if self._known:
            super().showPopup()
        elif not self._opened:
            self._opened = True
            self.wanted.emit()
