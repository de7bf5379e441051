"""The daemon, what computes and who uses it, in words; what is wrong, and buttons that mend it."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable

from draggan_server.host.amounts import TimeLeft
from draggan_server.host.examination import Examination, Report
from draggan_server.host.faults import failure_sentence
from draggan_server.host.forms.elsewhere import ELSEWHERE, ElsewhereForm
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import Button, Progress, Row, Status, Text
from draggan_server.host.forms.setup import SETUP, SetupForm
from draggan_server.host.keeper import Keeper, Seen, Standing
from draggan_server.host.link import Every, Link, Stop
from draggan_server.host.sentences import state as words
from draggan_server.host.state_words import daemon_words, report_words, use_words, worker_words
from draggan_server.host.translation import tr, tr_error
from draggan_server.wire.errors import DragganError
from draggan_server.wire.install_record import daemon_log
from draggan_server.wire.messages import Status as DaemonStatus

DAEMON = Status("daemon")
WORKERS = Text("workers", wraps=True)
USE = Text("use", wraps=True)
START = Button("start_daemon", words.START, words.START_TIP, main=True)
RESTART = Button("restart_daemon", words.RESTART, words.RESTART_TIP)
LOG = Button("log", words.LOG, words.LOG_TIP)
EXAMINE = Button("examine", words.EXAMINE, words.EXAMINE_TIP)
MEND = Button("mend", words.MEND, words.MEND_TIP)
EXAMINING = Progress("examining")
FOUND = Text("found", wraps=True)
STATE = (
    DAEMON,
    WORKERS,
    USE,
    Row((START, RESTART, LOG, EXAMINE, MEND)),
    EXAMINING,
    FOUND,
    ELSEWHERE,
    SETUP,
)

_POLL_MS = 100


class StateForm:
    """These items, for a window of their own. `open_file` shows the user a file, if it can."""

    def __init__(
        self,
        form: Form,
        every: Every,
        log_file: str,
        make_keeper: Callable[[Every, str, Callable[[Seen], None]], Keeper] = Keeper,
        examine: Callable[[bool], Examination] = Examination,
        open_file: Callable[[str], bool] = webbrowser.open,
    ) -> None:
        self._form = form
        self._every = every
        self._examine = examine
        self._open_file = open_file
        self._left: dict[int, TimeLeft] = {}
        self._seen = Seen(Standing.UNKNOWN)
        self._sure = False
        self._examination: Examination | None = None
        self._stop_polling: Stop | None = None
        self._keeper = make_keeper(every, log_file, self._show)
        self._elsewhere = ElsewhereForm(form, self._keeper)
        self._link = Link(every, log_file)
        self._setup = SetupForm(form, self._link, self._keeper.start)
        form.on_press(START, self._keeper.start)
        form.on_press(RESTART, self._restart)
        form.on_press(LOG, self._open_log)
        form.on_press(EXAMINE, lambda: self._begin(mend=False))
        form.on_press(MEND, lambda: self._begin(mend=True))
        form.set(EXAMINING, visible=False)
        form.set(MEND, visible=False)
        self._show(self._seen)
        self._keeper.look()

    def close(self) -> None:
        """The window is closed: what runs for it ends."""
        self._end_examination()
        self._setup.close()
        self._keeper.close()
        self._link.close()

    # -- the daemon -------------------------------------------------------------------------------

    def _show(self, seen: Seen) -> None:
        if seen.standing is not self._seen.standing:
            self._ask_first()
        self._seen = seen
        form, standing, status = self._form, seen.standing, seen.status
        if seen.failure is not None:
            form.set(DAEMON, label=failure_sentence(seen.failure), warns=True)
        else:
            form.set(DAEMON, label=daemon_words(standing, status), warns=_is_lost(status))
        lines = [] if status is None else self._lines(status)
        form.set(WORKERS, label="\n".join(lines), visible=bool(lines))
        form.set(USE, label="" if status is None else use_words(status), visible=bool(lines))
        changes = standing in (Standing.STOPPING, Standing.MOVING)
        there = changes or standing in (Standing.RUNS, Standing.FAILS)
        form.set(START, visible=not there)
        form.set(RESTART, visible=there)
        form.enable(standing is Standing.ENDED, START)
        form.enable(not changes, RESTART)
        self._elsewhere.show(seen)

    def _lines(self, status: DaemonStatus) -> list[str]:
        return [
            worker_words(worker, self._left.setdefault(place, TimeLeft()))
            for place, worker in enumerate(status.workers)
        ]

    def _restart(self) -> None:
        if self._seen.in_use and not self._sure:
            self._sure = True
            self._form.set(RESTART, label=tr(words.RESTART_ANYWAY))
            self._form.set(FOUND, label=tr(words.IN_USE))
        else:
            self._keeper.restart()

    def _ask_first(self) -> None:
        self._sure = False
        self._form.set(RESTART, label=tr(words.RESTART))

    # -- the log, and faults ----------------------------------------------------------------------

    def _open_log(self) -> None:
        log = daemon_log()
        if not log.exists():
            self._say(tr(words.NO_LOG, folder=log.parent))
        elif not self._open_file(log.as_uri()):
            self._say(tr(words.LOG_LIES, path=log))

    def _begin(self, mend: bool) -> None:
        try:
            self._examination = self._examine(mend)
        except DragganError as error:
            self._say(tr_error(error))
            return
        label = tr(words.MENDING if mend else words.EXAMINING)
        self._form.enable(False, EXAMINE, MEND)
        self._form.set(EXAMINING, visible=True, label=label, fraction=None)
        self._say("")
        self._stop_polling = self._every(_POLL_MS, self._poll)

    def _poll(self) -> None:
        assert self._examination is not None
        try:
            report = self._examination.poll()
        except DragganError as error:
            self._end_examination()
            self._say(tr_error(error))
            return
        if report is None:
            self._form.show(EXAMINING)  # a bar without an end moves at each look
            return
        self._end_examination()
        self._say(report_words(report))
        self._form.set(MEND, visible=_can_be_mended(report))

    def _end_examination(self) -> None:
        if self._stop_polling is not None:
            self._stop_polling()
            self._stop_polling = None
        if self._examination is not None:
            self._examination.close()
            self._examination = None
        self._form.set(EXAMINING, visible=False)
        self._form.enable(True, EXAMINE, MEND)

    def _say(self, sentence: str) -> None:
        self._form.set(FOUND, label=sentence)


def _is_lost(status: DaemonStatus | None) -> bool:
    """Whether something that should compute does not."""
    return status is not None and any(worker.state == "lost" for worker in status.workers)


def _can_be_mended(report: Report) -> bool:
    return any(fault.can_be_mended for fault in report.faults)
