"""Every Qt import of the plug-in. Krita 5 brings PyQt5, Krita 6 PyQt6.

PyQt5 comes first: Krita 6 refuses it with an ImportError, while a PyQt6 that happens to be
installed would load a second Qt into Krita 5.
"""

try:
    from PyQt5 import sip
    from PyQt5.QtCore import (
        QByteArray,
        QEvent,
        QLocale,
        QObject,
        QPointF,
        QRectF,
        QSize,
        Qt,
        QTimer,
        QUuid,
        pyqtSignal,
    )
    from PyQt5.QtGui import (
        QColor,
        QIcon,
        QImage,
        QKeySequence,
        QPainter,
        QPalette,
        QPen,
        QPixmap,
        QPolygonF,
        QTransform,
    )
    from PyQt5.QtWidgets import (
        QAbstractButton,
        QCheckBox,
        QComboBox,
        QDockWidget,
        QDoubleSpinBox,
        QFormLayout,
        QFrame,
        QHBoxLayout,
        QLabel,
        QMdiArea,
        QMenu,
        QProgressBar,
        QPushButton,
        QScrollArea,
        QSizePolicy,
        QSpinBox,
        QStyledItemDelegate,
        QToolButton,
        QVBoxLayout,
        QWidget,
    )
except ImportError:
    from PyQt6 import sip
    from PyQt6.QtCore import (
        QByteArray,
        QEvent,
        QLocale,
        QObject,
        QPointF,
        QRectF,
        QSize,
        Qt,
        QTimer,
        QUuid,
        pyqtSignal,
    )
    from PyQt6.QtGui import (
        QColor,
        QIcon,
        QImage,
        QKeySequence,
        QPainter,
        QPalette,
        QPen,
        QPixmap,
        QPolygonF,
        QTransform,
    )
    from PyQt6.QtWidgets import (
        QAbstractButton,
        QCheckBox,
        QComboBox,
        QDockWidget,
        QDoubleSpinBox,
        QFormLayout,
        QFrame,
        QHBoxLayout,
        QLabel,
        QMdiArea,
        QMenu,
        QProgressBar,
        QPushButton,
        QScrollArea,
        QSizePolicy,
        QSpinBox,
        QStyledItemDelegate,
        QToolButton,
        QVBoxLayout,
        QWidget,
    )

__all__ = [
    "QAbstractButton",
    "QByteArray",
    "QCheckBox",
    "QColor",
    "QComboBox",
    "QDockWidget",
    "QDoubleSpinBox",
    "QEvent",
    "QFormLayout",
    "QFrame",
    "QHBoxLayout",
    "QIcon",
    "QImage",
    "QKeySequence",
    "QLabel",
    "QLocale",
    "QMdiArea",
    "QMenu",
    "QObject",
    "QPainter",
    "QPalette",
    "QPen",
    "QPixmap",
    "QPointF",
    "QPolygonF",
    "QProgressBar",
    "QPushButton",
    "QRectF",
    "QScrollArea",
    "QSize",
    "QSizePolicy",
    "QSpinBox",
    "QStyledItemDelegate",
    "QTimer",
    "QToolButton",
    "QTransform",
    "QUuid",
    "QVBoxLayout",
    "QWidget",
    "Qt",
    "alive",
    "pyqtSignal",
]


def alive(thing: object) -> bool:
    """Whether a Qt object that Python holds still exists; Krita deletes canvases with views."""
    return thing is not None and not sip.isdeleted(thing)
