"""Setting the daemon up from within a view, where there is none; and taking it away again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from draggan_server.host.forms.form import Form
from draggan_server.host.forms.options import MANAGE
from draggan_server.host.forms.parts import Button, Group, Press, Progress, Row, Status
from draggan_server.host.link import Link, Stop
from draggan_server.host.sentences import setup
from draggan_server.host.setup.place import Place, usual_place
from draggan_server.host.setup.provisioner import Provisioner, Stage
from draggan_server.host.setup.source import Source
from draggan_server.host.translation import tr, tr_error
from draggan_server.wire.errors import BadInput
from draggan_server.wire.install_record import is_daemon_missing

SAID = Status("setup_said")
FETCHED = Progress("setup_fetched")
SET_UP = Button("set_up", setup.SET_UP, main=True)
PAUSE = Button("setup_pause", setup.PAUSE, setup.PAUSE_TIP)
FOLDER = Button("setup_folder", setup.FROM_FOLDER, setup.FROM_FOLDER_TIP, press=Press.FOLDER)
REMOVE = Button("setup_remove", setup.REMOVE, setup.REMOVE_TIP)
SETUP = Group(
    "setup", setup.TITLE, parts=(SAID, FETCHED, Row((SET_UP, PAUSE)), Row((FOLDER, REMOVE)))
)
"""Is seen only where there is something to be set up, or where it is to be removed."""

_POLL_MS = 100
_BEGIN = {
    Stage.ASKING: setup.FETCH,
    Stage.CANCELLED: setup.GO_ON,
    Stage.FAILED: setup.TRY_AGAIN,
}
"""What stands on the button that begins, where it is not “Set up”."""


class SetupForm:
    """What these items show and do. It offers itself where `link` finds no daemon to be started;
    `done` is called once there is one."""

    def __init__(
        self, form: Form, link: Link, done: Callable[[], None], place: Place | None = None
    ) -> None:
        self._form = form
        self._link = link
        self._done = done
        self._place = place or usual_place()
        self._provisioner = Provisioner(self._place)
        self._stop_polling: Stop | None = None
        link.missing = self.offer
        form.set(SETUP, visible=False)
        form.on_press(SET_UP, self._begin)
        form.on_press(PAUSE, self._pause)
        form.on_change(FOLDER, self._take_folder)
        form.on_press(REMOVE, self._remove)
        form.on_press(MANAGE, self.offer)
        form.set(MANAGE, visible=self._place.is_whole())
        if is_daemon_missing():
            self.offer()

    def offer(self) -> None:
        """Let the user see that it can be set up here, or what was, to remove it."""
        self._form.set(SETUP, visible=True)
        self._show()

    def close(self) -> None:
        """The view is closed. What was fetched is kept."""
        self._provisioner.cancel()
        self._end_polling()

    # -- what the user does -----------------------------------------------------------------------

    def _begin(self) -> None:
        if self._provisioner.stage is Stage.ASKING:
            self._provisioner.go_on()
        else:
            self._provisioner.start()
        if self._stop_polling is None:
            self._stop_polling = self._link.every(_POLL_MS, self._poll)
        self._show()

    def _pause(self) -> None:
        self._provisioner.cancel()
        self._end_polling()
        self._show()

    def _take_folder(self, folder: str) -> None:
        self._provisioner = Provisioner(self._place, Source(folder=Path(folder)))
        self._begin()

    def _remove(self) -> None:
        self._end_polling()
        try:
            self._provisioner.remove()
        except BadInput as error:
            self._show()
            self._form.set(SAID, label=tr_error(error), warns=True)
        else:
            self._show()

    # -- what goes on -----------------------------------------------------------------------------

    def _poll(self) -> None:
        self._provisioner.poll()
        self._show()
        if not self._provisioner.busy:
            self._end_polling()
            if self._provisioner.stage is Stage.DONE:
                self._done()

    def _end_polling(self) -> None:
        if self._stop_polling is not None:
            self._stop_polling()
            self._stop_polling = None

    def _show(self) -> None:
        form, now, stage = self._form, self._provisioner, self._provisioner.stage
        idle, done = not now.busy, self._place.is_whole()
        words = self._offer() if stage is Stage.READY else now.words
        bar = stage is Stage.FETCHING
        form.set(SAID, label=words, warns=stage is Stage.FAILED)
        form.set(FETCHED, visible=now.busy, label=words if bar else "", fraction=now.fraction)
        form.set(SET_UP, visible=idle and not done, label=tr(_BEGIN.get(stage, setup.SET_UP)))
        form.set(PAUSE, visible=now.busy)
        form.set(FOLDER, visible=idle and not done and stage is not Stage.ASKING)
        form.set(REMOVE, visible=idle and self._place.is_there())
        form.set(MANAGE, visible=done)

    def _offer(self) -> str:
        sentence = setup.IS_THERE if self._place.is_whole() else setup.OFFER
        return tr(sentence, folder=self._place.folder)
