"""Eyes and mouth of a photo's face: the button by which they are marked, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable

from draggan_server.host.forms.drag import MARK
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import Models
from draggan_server.host.frame import Frame
from draggan_server.host.region import Region
from draggan_server.host.sentences import refusals, said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput

_NEXT = (said.MARK_AN_EYE, said.MARK_THE_OTHER_EYE, said.MARK_THE_MOUTH)


class Marking:
    """This item, for the frame of a view; `say` tells the user what to do next."""

    def __init__(
        self, form: Form, frame: Frame, models: Models, say: Callable[[str, bool], None]
    ) -> None:
        self._form = form
        self._frame = frame
        self._models = models
        self._say = say
        form.set(MARK, value=False)
        frame.shown = self._offer
        self._offer(False)

    def mark(self, wanted: bool) -> None:
        """The button goes down or up. Raises `BadInput` where the model knows of no faces."""
        marks, model = self._frame.marks, self._models.wanted
        if wanted and self._models.name is not None and self._models.face_of(model) is None:
            self._form.set(MARK, value=False)
            raise BadInput(refusals.NO_FACE, model=model)
        marks.want(wanted)
        if wanted:
            self._say(tr(_NEXT[0]), False)

    def _offer(self, there: bool) -> None:
        self._form.set(MARK, enabled=there)
        if not there:
            self._frame.marks.want(False)
            self._form.set(MARK, value=False)

    def changed(self) -> None:
        """The hand has set, pulled or removed a mark, or given them up. Raises `BadInput` where the
        marks are no face."""
        marks = self._frame.marks
        self._form.set(MARK, value=marks.wanted)
        if marks.wanted:
            self._say(tr(_NEXT[len(marks.points)]), False)
        elif marks.all is not None:
            self._say(tr(said.MARKED), False)
            self._surround()

    def _surround(self) -> None:
        """Lay the frame around the face, as the model wants it."""
        model, marks = self._models.wanted, self._frame.marks.all
        face, size = self._models.face_of(model), self._models.size_of(model)
        if face is not None and size is not None and marks is not None:
            left, top, right, bottom = face.around(marks, *size)
            self._frame.surround(Region(left, top, right - left, bottom - top))
