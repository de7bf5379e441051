"""The steps of setting up, one process after another, looked after by a host's timer."""

from __future__ import annotations

import enum
import logging
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from draggan_server.host.sentences import setup
from draggan_server.host.setup.place import Place, usual_place
from draggan_server.host.setup.plan import Plan, fetched_bytes, size_words
from draggan_server.host.setup.process import Process
from draggan_server.host.setup.pythons import Python, find_python
from draggan_server.host.setup.source import Source
from draggan_server.host.translation import tr, tr_error
from draggan_server.wire.errors import BadInput, DragganError, ProtocolError

logger = logging.getLogger(__name__)

_OUT_OF_REACH = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "No matching distribution",
    "ResolutionImpossible",
)
"""How pip says that it cannot reach an index, or that an index or a folder lacks something."""

_PIP = (25, 1)
"""Older ones fetch everything only to say what they would fetch."""

_REASON_CHARS = 300


class Stage(enum.Enum):
    """Where setting up stands."""

    READY = "ready"
    PREPARING = "preparing"
    ASKING = "asking"
    FETCHING = "fetching"
    INSTALLING = "installing"
    TRYING = "trying"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REMOVED = "removed"


BUSY = frozenset((Stage.PREPARING, Stage.FETCHING, Stage.INSTALLING, Stage.TRYING))

_WORDS = {
    Stage.READY: setup.LOOKING_FOR_PYTHON,
    Stage.PREPARING: setup.PREPARING,
    Stage.FETCHING: setup.INSTALLING,  # from a folder, nothing is fetched
    Stage.INSTALLING: setup.INSTALLING,
    Stage.TRYING: setup.TRYING,
    Stage.DONE: setup.DONE,
    Stage.CANCELLED: setup.CANCELLED,
    Stage.REMOVED: setup.REMOVED,
}


@dataclass(frozen=True)
class Step:
    """A command. Unless it `may_fail`, it has ended well when the next one is asked for."""

    command: Sequence[str]
    may_fail: bool = False


Steps = Iterator[Step]


class Provisioner:
    """Sets the daemon up. `start` it, call `poll` now and then until it is not busy; where it asks,
    `go_on` or `cancel`. After a failure or `cancel`, `start` goes on from what is there.

    Nothing here waits, except for looking for Python and for measuring.
    """

    def __init__(
        self,
        place: Place | None = None,
        source: Source | None = None,
        find: Callable[[], Python] = find_python,
    ) -> None:
        self._place = place or usual_place()
        self._source = source or Source()
        self._find = find
        self._python: Python | None = None
        self._choice: list[str] = []
        self._steps: Steps | None = None
        self._step = Step(())
        self._process: Process | None = None
        self.plan: Plan | None = None
        self.failure: DragganError | None = None
        self.stage = Stage.READY

    @property
    def busy(self) -> bool:
        return self.stage in BUSY

    @property
    def fraction(self) -> float | None:
        """How much is fetched, 0 to 1; None where nobody knows."""
        if self.stage is not Stage.FETCHING or self.plan is None or not self.plan.fetched:
            return None
        return min(1.0, fetched_bytes(self._place.temporary) / self.plan.fetched)

    @property
    def words(self) -> str:
        """What goes on, what is asked or how it ended, in the user's language."""
        if self.failure is not None:
            return tr_error(self.failure)
        if self.stage is Stage.ASKING:
            return self._question()
        if self.plan is not None and (fraction := self.fraction) is not None:
            done = size_words(int(fraction * self.plan.fetched))
            return tr(setup.FETCHING, done=done, size=size_words(self.plan.fetched))
        return tr(_WORDS[self.stage])

    def start(self) -> None:
        """Find out what is needed, and ask then."""
        if not self.busy:
            self._begin(Stage.PREPARING, self._prepare())

    def go_on(self) -> None:
        """The answer to what was asked: fetch and install."""
        if self.stage is Stage.ASKING:
            self._begin(Stage.FETCHING, self._install())

    def cancel(self) -> None:
        """Stop. What was fetched stays for another try, until `remove`."""
        self._stop()
        if self.busy or self.stage is Stage.ASKING:
            self.stage = Stage.CANCELLED

    def remove(self) -> None:
        """Stop, and take everything away. Raises `BadInput`."""
        self.cancel()
        try:
            self._place.remove()
        except OSError as error:
            raise BadInput(
                setup.BROKE_OFF, reason=error.strerror or error, log=self._place.folder
            ) from None
        self.failure, self.stage = None, Stage.REMOVED

    def poll(self) -> None:
        """Look after what runs."""
        if not self.busy or self._steps is None:
            return
        try:
            if self._process is not None:
                code = self._process.poll()
                if code is None:
                    self._notice(self._process)
                    return
                if code != 0 and not self._step.may_fail:
                    raise self._broken(self._process.output)
            step = next(self._steps, None)
            if step is not None:
                self._step = step
                self._process = Process(step.command, self._place.log, self._place.temporary)
        except (OSError, ProtocolError) as error:
            logger.exception("setting up broke off")
            self._fail(BadInput(setup.BROKE_OFF, reason=error, log=self._place.log))
        except DragganError as error:
            self._fail(error)

    def _begin(self, stage: Stage, steps: Steps) -> None:
        self.stage, self.failure = stage, None
        self._steps, self._process = steps, None

    def _prepare(self) -> Steps:
        place, pip, tells = self._place, self._pip(), True
        python = self._python = self._find()
        self.plan = None
        place.folder.mkdir(parents=True, exist_ok=True)
        if not place.is_made_by(python.path):
            yield Step([str(python.path), "-m", "venv", str(place.environment)])
            place.note_made(python.path)
        if self._source.folder is None:
            yield Step([*pip, *self._source.options, f"pip>={_dotted(_PIP)}"], may_fail=True)
            yield Step([str(place.python), "-m", "pip", "--version"])
            tells = _pip_version(self._lines()[-1]) >= _PIP
        # Our own package first and alone: it knows what fits this machine.
        ours = ["--no-deps", "--upgrade", *self._source.options, self._source.requirement]
        yield Step([*pip, *ours])
        yield Step(self._module("torch_build"))
        self._choice = self._lines()
        if tells:
            yield from self._measure()
        self.stage = Stage.ASKING

    def _measure(self) -> Steps:
        """Find out how much is to be fetched, and whether there is room for it."""
        place, pip = self._place, self._pip()
        dry = ["--dry-run", "--quiet", "--report", str(place.report)]
        yield Step([*pip, *dry, *self._what()])
        yield Step(self._module("download_plan", str(place.report)))
        plan = self.plan = Plan.parse(self._lines()[-1])
        free = shutil.disk_usage(place.folder).free
        if free < plan.room:
            raise BadInput(
                setup.NO_ROOM,
                needed=size_words(plan.room),
                folder=place.folder,
                free=size_words(free),
            )

    def _install(self) -> Steps:
        yield Step([*self._pip(), *self._what()])
        self.stage = Stage.TRYING
        yield Step(self._module("worker.device"))
        self._place.publish()
        self.stage = Stage.DONE

    def _pip(self) -> list[str]:
        options = ["--disable-pip-version-check", "--no-input"]
        cache = ["--cache-dir", str(self._place.cache)]
        pip = [str(self._place.python), "-m", "pip", *options, *cache]
        return [*pip, "install", "--progress-bar", "off"]

    def _what(self) -> list[str]:
        return [*self._source.options, *self._choice, self._source.requirement]

    def _module(self, name: str, *arguments: str) -> list[str]:
        return [str(self._place.python), "-m", f"draggan_server.{name}", *arguments]

    def _lines(self) -> list[str]:
        """What the last command printed; without what it said beside it, which begins with “#”."""
        assert self._process is not None
        return [line for line in self._process.output.splitlines() if not line.startswith("#")]

    def _notice(self, process: Process) -> None:
        if self.stage is Stage.FETCHING and "\nInstalling collected packages" in process.output:
            self.stage = Stage.INSTALLING

    def _question(self) -> str:
        where, plan = str(self._place.folder), self.plan
        if plan is None:
            return tr(setup.ASKING_BLINDLY, folder=where)
        if not plan.fetched:
            return tr(setup.NOTHING_TO_FETCH, count=plan.count, folder=where)
        return tr(
            setup.ASKING,
            size=size_words(plan.fetched),
            count=plan.count,
            hosts=", ".join(plan.hosts),
            folder=where,
        )

    def _broken(self, output: str) -> DragganError:
        """Why a command failed, by what it printed."""
        version = _dotted(self._python.version) if self._python else ""
        if any(sign in output for sign in _OUT_OF_REACH):
            how = {"version": version, "command": self._source.command_elsewhere}
            if self._source.folder is not None:
                return BadInput(setup.INCOMPLETE_FOLDER, folder=self._source.folder, **how)
            return BadInput(setup.OFFLINE, **how)
        self._place.doubt_environment()
        reason = (output.strip().splitlines() or ["?"])[-1][:_REASON_CHARS]
        return BadInput(setup.BROKE_OFF, reason=reason, log=self._place.log)

    def _fail(self, error: DragganError) -> None:
        self._stop()
        self.failure, self.stage = error, Stage.FAILED

    def _stop(self) -> None:
        self._steps = None
        if self._process is not None:
            self._process.kill()
            self._process = None


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _pip_version(said: str) -> tuple[int, int]:
    """From what `pip --version` prints; (0, 0) where it makes no sense."""
    numbers = re.findall(r"\d+", said)
    return (int(numbers[0]), int(numbers[1])) if len(numbers) > 1 else (0, 0)
