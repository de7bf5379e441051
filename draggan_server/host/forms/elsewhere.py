"""Which machine computes: another one, by an invitation of who runs it, or this one."""

from __future__ import annotations

from draggan_server.host.faults import failure_sentence
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import Button, Group, Line, Row, Status
from draggan_server.host.keeper import Keeper, Seen, Standing
from draggan_server.host.sentences import state as words
from draggan_server.host.translation import tr, tr_error
from draggan_server.wire.errors import BadInput, DaemonUnreachable
from draggan_server.wire.install_record import install_record
from draggan_server.wire.invitation import Invitation, accepted_invitation
from draggan_server.wire.messages import Failure

USED = Status("used")
USE_IT = Button("use_invitation", words.USE_IT, words.INVITATION_TIP)
INVITATION = Line("invitation", words.INVITATION_EXAMPLE, words.INVITATION_TIP, USE_IT)
THIS_MACHINE = Button("this_machine", words.THIS_MACHINE, words.THIS_MACHINE_TIP)
ELSEWHERE = Group(
    "elsewhere",
    words.ELSEWHERE,
    parts=(USED, Row((INVITATION, USE_IT, THIS_MACHINE), words.INVITATION, (1, 0, 0))),
)

_BUSY = (Standing.UNKNOWN, Standing.MISSING, Standing.STARTING, Standing.STOPPING, Standing.MOVING)


class ElsewhereForm:
    """What these items show and do; `show` tells it what the `keeper` sees."""

    def __init__(self, form: Form, keeper: Keeper) -> None:
        self._form = form
        self._keeper = keeper
        self._seen = Seen(Standing.UNKNOWN)
        self._refusal = ""
        self._sure = False
        form.on_change(INVITATION, lambda _line: self._begin_anew())
        form.on_press(USE_IT, self._use)
        form.on_press(THIS_MACHINE, lambda: self._move(None))

    def show(self, seen: Seen) -> None:
        """What the keeper sees now."""
        self._seen = seen
        form, idle = self._form, seen.standing not in _BUSY
        used, warns = _used()
        form.set(USED, label=" ".join(filter(None, (self._refusal, used))))
        form.set(USED, warns=bool(self._refusal) or warns)
        form.enable(idle, INVITATION)
        form.enable(idle and bool(self._line), USE_IT)
        form.enable(idle, THIS_MACHINE)
        form.set(THIS_MACHINE, visible=used != tr(words.USED_HERE))

    @property
    def _line(self) -> str:
        """What the user has written."""
        return str(self._form.value(INVITATION) or "").strip()

    def _begin_anew(self) -> None:
        self._refusal, self._sure = "", False
        self.show(self._seen)

    def _use(self) -> None:
        try:
            self._move(Invitation.parse(self._line))
        except BadInput as error:
            self._refuse(tr_error(error))

    def _move(self, to: Invitation | None) -> None:
        if self._seen.in_use and not self._sure:
            self._sure = True
            self._refuse(tr(words.IN_USE_HERE))
            return
        anyway, self._sure, self._refusal = self._sure, False, ""
        self._keeper.move(to, anyway, self._moved)

    def _moved(self, failure: Failure | None) -> None:
        if failure is None:
            self._form.set(INVITATION, value="")
        else:
            self._refuse(failure_sentence(failure))

    def _refuse(self, sentence: str) -> None:
        self._refusal = sentence
        self.show(self._seen)


def _used() -> tuple[str, bool]:
    """Which machine is, in words, and whether that is a warning."""
    try:
        invitation = accepted_invitation(install_record().connection_file)
    except (BadInput, DaemonUnreachable) as error:
        return tr_error(error), True
    if invitation is None:
        return tr(words.USED_HERE), False
    return tr(words.USED_THERE, address=invitation.address), False
