"""New picture: what the settings of one draw, on a new layer, or in a new document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from draggan_server.host import settings
from draggan_server.host.faults import failure_sentence
from draggan_server.host.forms.sample import NEW_PICTURE, SampleForm
from draggan_server.host.layer_names import sample_name
from draggan_server.host.layers.document import Document, Node
from draggan_server.host.layers.editor import LayerEditor
from draggan_server.host.layers.records import Records
from draggan_server.host.mixing import main_seed
from draggan_server.host.region import Region
from draggan_server.host.sentences import refusals, said
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import EditOpened, Failure, Pixels, Sample


class Window(Protocol):
    """What is asked of a window of the editor."""

    def document(self) -> Document | None:
        """What the user works on in it; None where no document is open in it."""

    def new_document(self, name: str, picture: Pixels) -> tuple[Document, Node]:
        """A document of a picture's size in it, whose only layer shows that."""


class NewPicture:
    """Listens to the button of a form that has the settings, of which `sample` draws pictures."""

    def __init__(
        self, window: Window, records: Records, editor: LayerEditor, sample: SampleForm
    ) -> None:
        self._window = window
        self._records = records
        self._editor = editor
        self._desk = editor.desk
        self._sample = sample
        self._desk.listen(NEW_PICTURE, lambda _value: self.draw())

    def draw(self, done: Callable[[], None] = lambda: None) -> None:
        """Draw it into the document, or into a new one where none is open; then call `done`."""
        document = self._window.document()
        self._desk.form.enable(False, NEW_PICTURE)
        self._desk.say(tr(said.DRAWING), False)

        def drawn(sample: Sample, opened: EditOpened) -> None:
            self._desk.form.enable(True, NEW_PICTURE)
            settings.remember(model=sample.model, truncation=sample.truncation_psi)
            name = sample_name(opened.model, main_seed(sample))
            self._editor.activate(self._place(document, name, opened))
            done()
            self._desk.say(tr(said.PICTURE_IS_THERE, name=name), False)

        self._sample.samples.take(self._desk.guarded(drawn), self._not_drawn)

    def _not_drawn(self, failure: Failure) -> None:
        self._desk.form.enable(True, NEW_PICTURE)
        self._desk.say(failure_sentence(failure, said.NEW_PICTURE_TO_TRY_AGAIN), True)

    def _place(self, document: Document | None, name: str, opened: EditOpened) -> Node:
        """Above the active layer, in the middle of the image. Raises `BadInput` where the document
        was closed in the meantime."""
        picture = opened.picture
        size = picture.width, picture.height
        if document is None:
            document, node = self._window.new_document(name, picture)
            place = Region(0, 0, *size)
        elif document.is_open:
            place = Region(0, 0, *document.size).middle(*size)
            native, above = document.space.from_rgba8(picture.data, *size), document.active()
            node = document.add(name, native, place, "" if above is None else above.key)
        else:
            raise BadInput(refusals.CLOSED_BEFORE_PICTURE)
        self._records.remember(document, node, opened.saved_state, place)
        return node
