"""What lies where in the dialogs: beside and below a picture, and at its end."""

from __future__ import annotations

from draggan_server.host.forms import drag
from draggan_server.host.forms.brush import BRUSHES
from draggan_server.host.forms.closing import CLOSING
from draggan_server.host.forms.options import PLACING_OPTIONS
from draggan_server.host.forms.parts import Group, Row
from draggan_server.host.forms.setup import SETUP
from draggan_server.host.sentences import words

_POINTS = Group(
    "points",
    words.POINTS,
    parts=(
        drag.HOW_TO_SET,
        drag.LIVE,
        drag.IN_IMAGE,
        Row((drag.COUNT, drag.PIN, drag.SNAP)),
        Row((drag.FROM_PATH, drag.TO_PATH, drag.CLEAR)),
    ),
)
_MAY_CHANGE = Group("may_change", words.MAY_CHANGE, parts=(drag.HELD, *BRUSHES))

BESIDE = (drag.PHOTO, _POINTS, drag.HISTORY, _MAY_CHANGE, PLACING_OPTIONS)
"""Of the layer that is dragged. What is looked for most comes first: in a small dialog the last of
it is scrolled to."""

BELOW = (SETUP, CLOSING, drag.PROGRESS, drag.STATUS)
ZOOMS = (drag.FIT, drag.FULL)
ENDS = (drag.CLOSE, drag.CANCEL, drag.STOP, drag.START)
