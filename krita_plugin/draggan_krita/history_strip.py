"""The drags that the layer's picture has: small pictures to go back to, and a button to compare."""

from __future__ import annotations

from draggan_server.host.history import Moment
from draggan_server.host.sentences import tips, words
from draggan_server.host.translation import plain, tr

from .icons import picture_icon
from .qt import (
    QFrame,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSize,
    Qt,
    QVBoxLayout,
    QWidget,
    pyqtSignal,
)

_SIDE, _ROW = 48, 68


class HistoryStrip(QWidget):
    """Hidden while there is nothing to show."""

    chosen = pyqtSignal(int)
    """The user goes back to the picture after so many drags."""
    compared = pyqtSignal(bool)
    """Whether the button is held."""

    def __init__(self) -> None:
        super().__init__()
        self.moments = QListWidget()
        self.moments.setViewMode(QListView.ViewMode.IconMode)
        self.moments.setFlow(QListView.Flow.LeftToRight)
        self.moments.setWrapping(False)
        self.moments.setMovement(QListView.Movement.Static)
        self.moments.setIconSize(QSize(_SIDE, _SIDE))
        self.moments.setFixedHeight(_ROW)
        self.moments.setFrameShape(QFrame.Shape.NoFrame)
        self.moments.itemClicked.connect(self._clicked)
        self.compare = QPushButton(plain(tr(words.COMPARE)))
        self.compare.setToolTip(tr(tips.COMPARE))
        self.compare.pressed.connect(lambda: self.compared.emit(True))
        self.compare.released.connect(lambda: self.compared.emit(False))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.moments)
        rows.addWidget(self.compare)
        self.show_moments(())

    def show_moments(self, moments: tuple[Moment, ...]) -> None:
        self.moments.clear()
        for moment in moments:
            item = QListWidgetItem(picture_icon(moment.picture), "")
            item.setToolTip(tr(tips.HISTORY, moment=moment.words))
            item.setData(Qt.ItemDataRole.UserRole, moment.position)
            self.moments.addItem(item)
            if moment.shown:
                self.moments.setCurrentItem(item)
        self.setVisible(bool(moments))

    def _clicked(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
