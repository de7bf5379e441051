"""A real GIMP 3 with a home of its own: batch runs of cases, and sessions on a screen."""

from __future__ import annotations

import ast
import contextlib
import gettext
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from draggan_server import __version__
from draggan_server.host.translation import DOMAIN
from draggan_server.plugins.stage import stage_gimp
from draggan_server.wire.install_record import InstallRecord
from tests.hosts.gimp.screen import Screen
from tests.hosts.system import HostSystem, outermost
from tests.patience import deadline_in, patient
from tests.unpacking import unpack

INSIDE = Path(__file__).resolve().parent / "inside"
"""Code that runs in GIMP's own Python."""

_REPOSITORY = INSIDE.parents[3]
_CONSOLE = "gimp-console-3"
_PATH = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PYTHON = "python-fu-eval"
_GIMPRC = """\
(show-welcome-dialog no)
(check-updates no)
(color-profile-policy keep)
(save-session-info no)
(save-accels no)
(save-tool-options no)
"""
_SHORTCUTS = """\
(file-version 1)
(action "plug-in-draggan-sample" "<Primary><Alt>n")
(action "plug-in-draggan-drag" "<Primary><Alt>g")
(action "plug-in-draggan-models" "<Primary><Alt>m")
(action "plug-in-draggan-state" "<Primary><Alt>t")
"""


class GimpHost:
    """GIMP of a `system`, with settings, plug-ins and everything else below `home`.

    `home` and the repository are seen by GIMP at the paths they have here, and so is the Python
    that runs the tests, so that the plug-in can start the daemon with it.
    """

    def __init__(
        self, system: HostSystem, home: Path, *, zipped: Path | None = None, daemon: bool = True
    ) -> None:
        """With the plug-in of the release file `zipped`, or with an installed one. Beside the first
        there need be no `daemon`."""
        self.system = system
        self.home = home
        self.connection_file = home / "connection.json"
        temporary = home / "tmp"
        temporary.mkdir(parents=True)
        self._environment = {
            "HOME": str(home),
            "PATH": _PATH,
            "TMPDIR": str(temporary),
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "NO_AT_BRIDGE": "1",
            "PYTHONPATH": str(INSIDE),
        }
        self.plug_ins = self.home / ".config/GIMP" / self._version() / "plug-ins"
        self._install(zipped, daemon)

    def _install(self, zipped: Path | None, daemon: bool) -> None:
        settings = self.plug_ins.parent
        settings.mkdir(parents=True)
        (settings / "gimprc").write_text(_GIMPRC)
        (settings / "shortcutsrc").write_text(_SHORTCUTS)
        record = InstallRecord(
            # The plug-in starts the daemon as if installed, which this tree need not be.
            command=(
                *("/usr/bin/env", f"PYTHONPATH={_REPOSITORY}"),
                *(sys.executable, "-m", "draggan_server", "serve"),
            ),
            connection_file=self.connection_file,
            version=__version__,
        )
        if zipped is None:
            stage_gimp(self.plug_ins, record)
        else:
            unpack(zipped, self.plug_ins)
            if daemon:
                record.write(self.home / ".config/draggan/daemon.json")

    def _version(self) -> str:
        """Of which its folder of settings is named, as 3.0."""
        done = subprocess.run(
            self.command([_CONSOLE, "--version"], {}), capture_output=True, text=True, check=True
        )
        found = re.search(r"version (\d+\.\d+)", done.stdout)
        assert found is not None, done.stdout
        return found[1]

    def command(self, argv: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        """The argument list that runs a program in GIMP's system."""
        binds = {self.home, _REPOSITORY, Path(sys.prefix), Path(sys.base_prefix)}
        if connection := environment.get("DRAGGAN_CONNECTION_FILE"):
            binds.add(Path(connection).parent)
        return self.system.command(
            argv, {**self._environment, **environment}, binds=outermost(binds)
        )

    def run_cases(
        self, module: str, environment: Mapping[str, str], timeout: float = 200.0
    ) -> dict[str, str]:
        """Run the cases of `inside/<module>.py` in one GIMP; returns an outcome for each name.

        The outcome is "" where the case passed, else its traceback.
        """
        results = self.home / f"{module}.json"
        code = f"import runner; runner.run_cases({module!r}, {str(results)!r})"
        (self.home / f"{module}.log").write_text(self.batch(code, environment, timeout))
        outcomes: dict[str, str] = json.loads(results.read_text())
        return outcomes

    def warm_up(self) -> None:
        """Let GIMP ask its plug-ins what they are, and note that it has been started before."""
        self.batch("None", {}, 120.0)

    def batch(
        self,
        code: str,
        environment: Mapping[str, str],
        timeout: float,
        interpreter: str = _PYTHON,
    ) -> str:
        """Run Python code, or that of another interpreter, in a GIMP without a screen; returns what
        it printed."""
        chosen = f"--batch-interpreter={interpreter}"
        argv = [_CONSOLE, "-idf", chosen, "-b", code, "--quit"]
        done = subprocess.run(
            self.command(argv, environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=patient(timeout),
        )
        if done.returncode:
            raise RuntimeError(f"GIMP ended with {done.returncode}:\n{done.stdout[-5000:]}")
        return done.stdout

    def choose_colours(self, scheme: str) -> None:
        """Let the next sessions have GIMP's "dark" or "light" colours."""
        gimprc = self.plug_ins.parent / "gimprc"
        gimprc.write_text(f"{_GIMPRC}(theme-color-scheme {scheme})\n")

    def words(self, language: str) -> Callable[[str], str]:
        """What the installed plug-in says in a language in the place of an English sentence."""
        folder = self.plug_ins / "draggan/vendor/draggan_server/host/locale"
        return gettext.translation(DOMAIN, folder, [language], fallback=language == "en").gettext

    @contextlib.contextmanager
    def session(
        self, screen: Screen, image: Path, environment: Mapping[str, str]
    ) -> Iterator[GimpSession]:
        """GIMP on a screen with an image open."""
        folder = self.home / f"session-{time.monotonic_ns()}"
        folder.mkdir()
        argv = [
            "gimp-3",
            "-n",
            "--no-splash",
            f"--batch-interpreter={_PYTHON}",
            "-b",
            f"import runner; runner.serve({str(folder)!r})",
            str(image),
        ]
        variables = {**environment, "DISPLAY": screen.display}
        with (folder / "gimp.log").open("wb") as log:
            process = subprocess.Popen(
                self.command(argv, variables), stdout=log, stderr=subprocess.STDOUT
            )
        try:
            session = GimpSession(process, folder)
            session.ask("None", timeout=60)
            yield session
        finally:
            _end(process)


class GimpSession:
    """A GIMP on a screen whose document can be looked at from here."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._number = 0

    @property
    def log(self) -> str:
        """What GIMP has printed so far."""
        return (self._folder / "gimp.log").read_text(errors="replace")

    def wait_until_ended(self, timeout: float = 60.0) -> None:
        """Until GIMP has ended by itself. Raises `TimeoutExpired`."""
        self._process.wait(patient(timeout))

    def ask(self, expression: str, timeout: float = 20.0) -> Any:
        """The value of a Python expression inside GIMP; it must be something JSON can carry."""
        self._number += 1
        question = self._folder / f"{self._number}.question"
        answer = self._folder / f"{self._number}.answer"
        unfinished = question.with_suffix(".unfinished")
        unfinished.write_text(expression)
        unfinished.rename(question)
        deadline = deadline_in(timeout)
        while not answer.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"GIMP gave no answer to {expression!r}:\n{self.log[-3000:]}")
            time.sleep(0.02)
        outcome = json.loads(answer.read_text())
        if "error" in outcome:
            raise RuntimeError(outcome["error"])
        return outcome["value"]

    def wait_until(self, expression: str, timeout: float = 60.0) -> None:
        """Return once the expression is true inside GIMP."""
        deadline = deadline_in(timeout)
        while not self.ask(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{expression} did not become true in {patient(timeout):g} s")
            time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """GIMP tidies up within the handler of the signal, where it may wait for itself for ever."""
    process.terminate()
    try:
        process.wait(timeout=patient(30))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def case_names(module: str) -> list[str]:
    """The names of the cases in `inside/<module>.py`, which cannot be imported out here."""
    tree = ast.parse((INSIDE / f"{module}.py").read_text())
    return [
        item.name
        for item in tree.body
        if isinstance(item, ast.FunctionDef) and item.name.startswith("case_")
    ]
