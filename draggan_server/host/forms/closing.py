"""The question whether a dialog is to be closed, though points are set that were not dragged."""

from __future__ import annotations

from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import Button, Group, Text
from draggan_server.host.sentences import said, words
from draggan_server.host.translation import tr

QUESTION = Text("question", wraps=True)
KEEP_EDITING = Button("keep_editing", words.KEEP_EDITING, main=True)
CLOSING = Group("closing", parts=(QUESTION, KEEP_EDITING))
"""Is seen only while it is asked; the dialog's own button closes it."""


class Closing:
    """Asks it in a form."""

    def __init__(self, form: Form) -> None:
        self._form = form
        question = f"{tr(said.CLOSE_QUESTION)} {tr(said.POINTS_STAY)}"
        form.set(QUESTION, label=question)
        form.on_press(KEEP_EDITING, self.withdraw)
        self.withdraw()

    @property
    def asked(self) -> bool:
        """Whether the question is to be answered."""
        return self._form.look(CLOSING).visible

    def ask(self) -> None:
        self._form.set(CLOSING, visible=True)

    def withdraw(self) -> None:
        """The dialog stays."""
        self._form.set(CLOSING, visible=False)
