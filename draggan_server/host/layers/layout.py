"""What lies where in a docker, which has little room."""

from __future__ import annotations

from draggan_server.host.forms import drag
from draggan_server.host.forms.brush import BRUSHES
from draggan_server.host.forms.frames import FRAMES
from draggan_server.host.forms.options import OPTIONS
from draggan_server.host.forms.parts import Group, Row
from draggan_server.host.forms.sample import NEW_PICTURE, SAMPLE
from draggan_server.host.forms.setup import SETUP
from draggan_server.host.sentences import words

_PICTURE = Group("picture", words.PICTURE, parts=(*SAMPLE, NEW_PICTURE))
_SEEN = Row((drag.MARK, drag.DETAIL, drag.RECOGNISE))
_DRAG = Group("drag", words.DRAG, parts=(drag.LIVE, _SEEN, OPTIONS))
_MAY_CHANGE = Group("may_change", words.MAY_CHANGE, parts=BRUSHES)

SCROLLED = (SETUP, _PICTURE, _DRAG, _MAY_CHANGE, FRAMES, drag.HISTORY)
IN_SIGHT = (drag.BEFORE, drag.MEANWHILE, drag.STATUS)
"""Below those, always."""
