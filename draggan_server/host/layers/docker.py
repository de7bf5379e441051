"""What a window of the editor has beside its canvas: a form, and all that listens to it."""

from __future__ import annotations

import contextlib
from typing import Protocol

from draggan_server.host import settings
from draggan_server.host.forms.brush import ALL_MAY, BRUSH, ERASE, FROM_MASK, INVERT
from draggan_server.host.forms.drag import CANCEL, EDIT, PIN, SNAP, SPLIT
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.frames import FramesForm
from draggan_server.host.forms.options import STATE
from draggan_server.host.forms.sample import NEW_PICTURE, SampleForm
from draggan_server.host.forms.setup import SetupForm
from draggan_server.host.forms.windows import MODELS, STATE_OF_THINGS
from draggan_server.host.forms.windows import Window as FormWindow
from draggan_server.host.layers.beat import Beat, later
from draggan_server.host.layers.document import Document, Node
from draggan_server.host.layers.editor import LayerBook, LayerEditor
from draggan_server.host.layers.editor import Window as EditorWindow
from draggan_server.host.layers.new_picture import NewPicture
from draggan_server.host.link import Every, Link
from draggan_server.host.sentences import said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Pixels

_LOOK_MS = 500
"""Krita 5.2 does not say when another layer becomes active."""
_LAY_OUT_MS = 500
"""Krita lays its dockers out when the first document is opened."""


class Window(EditorWindow, Protocol):
    """What is asked of the window."""

    def new_document(self, name: str, picture: Pixels) -> tuple[Document, Node]:
        """A document of a picture's size in it, whose only layer shows that."""

    def take_keys(self) -> None:
        """Give the canvas the keyboard: points are set on it from now on, or a button for them was
        pressed."""

    def reveal(self) -> None:
        """Bring the docker to where it can be seen."""

    def show_window(self, window: FormWindow) -> None:
        """Show a window beside the editor's own."""


class Docker:
    """Of one window. Its `form` has the settings of a new picture and of a drag."""

    def __init__(self, window: Window, book: LayerBook, every: Every, log_file: str) -> None:
        self._window = window
        self._book = book
        self._every = every
        self._closed = False
        remembered = settings.load()
        link = self._link = Link(every, log_file)
        form = self.form = Form()
        self.sample = SampleForm(
            form, link, remembered, self._show_picture, self._say_quietly, photos=True
        )
        self.editor = LayerEditor(window, book, link, form, self.sample.models, remembered)
        self.desk, self.session = self.editor.desk, self.editor.desk.session
        self._setup = SetupForm(form, link, self.sample.samples.list_models)
        self._picture = NewPicture(window, book.records, self.editor, self.sample)
        self._frames = FramesForm(form, self.session.start, self._proposed_frames)
        self._looks = Beat(every, _LOOK_MS, self.editor.between_strokes(self.editor.look))
        for button in (PIN, SNAP, SPLIT, BRUSH, ALL_MAY, ERASE, INVERT, FROM_MASK):
            form.on_press(button, window.take_keys)
        form.on_press(STATE, lambda: window.show_window(STATE_OF_THINGS))
        self.desk.listen(EDIT, self._edit)
        self.desk.say(tr(said.FIRST), False)

    def follow(self) -> None:
        """Another document may be in sight now."""
        if self._closed:
            return  # Krita has told of it while it closed the window
        document = self._window.document()
        if document is not None:
            with contextlib.suppress(BadInput):  # said when a layer is to be dragged
                self._book.records.note_layers(document)
        self.editor.follow()
        self.editor.look()

    def be_seen(self, seen: bool) -> None:
        """The docker is to be seen from now on, or not any more."""
        self._looks.be(seen)

    def left(self) -> None:
        """No more points can be set: a tool of the editor's was chosen, or no document is open."""
        if self.editor.canvas.sight.editing:
            self.form.choose(EDIT, False)

    def new_picture_and_reveal(self) -> None:
        """Draw a picture into the document, or into a new one, and show the docker then. Raises
        `BadInput` where that cannot be."""
        self._picture.draw(lambda: later(self._every, _LAY_OUT_MS, self._window.reveal))

    def reveal(self) -> None:
        """Bring the docker to where it can be seen."""
        self._window.reveal()

    def show_models(self) -> None:
        self._window.show_window(MODELS)

    def close(self) -> None:
        """The docker is gone with its window, and what it showed: what was under way in it is given
        up, so that the daemon is free for others."""
        self._closed = True
        self.form.show_nowhere()
        self._looks.be(False)
        self.editor.close()
        self._setup.close()
        self.sample.samples.close()
        self._link.close()

    def escape(self) -> bool:
        """Escape was pressed beside the canvas. False where no points are set and nothing is under
        way: it is for others."""
        wanted = bool(self.form.value(EDIT)) or self.form.look(CANCEL).enabled
        if wanted:
            self.session.escape()
        return wanted

    def _edit(self, editing: bool) -> None:
        self.editor.edit(editing)
        if editing:
            self._window.take_keys()

    def _proposed_frames(self) -> tuple[int, int] | None:
        document = self._window.document()
        return None if document is None else document.timeline.proposed

    def _show_picture(self, picture: Pixels | None) -> None:
        self.form.set(NEW_PICTURE, picture=picture)

    def _say_quietly(self, sentence: str, warns: bool) -> None:
        self.desk.say_quietly(sentence, warns)
