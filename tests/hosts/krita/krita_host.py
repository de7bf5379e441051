"""Starts real Krita for one scenario at a time, each in a home folder of its own."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from draggan_server import __version__
from draggan_server.host.settings import FILE_NAME
from draggan_server.plugins.stage import KRITA_NAME
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from tests.hosts.display import Display, virtual_display
from tests.hosts.system import HostSystem, outermost
from tests.patience import patient
from tests.wheelhouse import link_to_python

_REPOSITORY = Path(__file__).resolve().parents[3]
_DRIVER = Path(__file__).with_name("driver")
_SCREEN = (1440, 900)
_COLD_START_SECONDS = 150  # the first start of a home folder builds Krita's resource database

_KRITARC = """\
[python]
enable_draggan_driver=true
enable_draggan_krita=true

[theme]
Theme={theme}
"""
DARK, BRIGHT, DARKER = "Krita dark", "Krita bright", "Krita darker"
"""Krita's names of its colours."""


class ScenarioError(AssertionError):
    """The scenario failed inside Krita; the message is its traceback there."""


def screen(
    system: HostSystem, folder: Path, size: tuple[int, int] = _SCREEN
) -> AbstractContextManager[Display]:
    """An X screen of (width, height) that keeps its picture in `folder`."""

    def command(argv: Sequence[str], variables: Mapping[str, str]) -> list[str]:
        return system.command(argv, {**environment(""), **variables}, [folder])

    return virtual_display(command, folder, size)


@dataclass
class KritaHost:
    """Runs scenarios of the tests in Krita. `folder` is seen by Krita at the same path; the
    screenshots end up in `pictures`."""

    system: HostSystem
    display: str
    folder: Path
    pictures: Path
    ended_with: int | None = None
    """What Krita's last process returned."""
    _runs: Iterator[int] = field(default_factory=itertools.count)

    @property
    def template(self) -> Path:
        return self.folder / "template"

    def warm(self, stage_plugin: Any) -> None:
        """Make the template home: `stage_plugin(data_folder)` installs the plug-in, Krita starts
        once and leaves by itself, so that its resource database is written."""
        data = self.template / ".local/share/krita"
        shutil.copytree(_DRIVER, data / "pykrita")
        stage_plugin(data)
        config = self.template / ".config"
        config.mkdir()
        (config / "kritarc").write_text(_KRITARC.format(theme=DARK))
        (config / "kritadisplayrc").write_text("OpenGLRenderer=none\n")
        self._start(
            self.template,
            self.folder / "warming",
            "tests.hosts.krita.scenarios.warm:leave",
            {},
            {},
            _COLD_START_SECONDS,
        )

    def run(
        self,
        scenario: str,
        arguments: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
        seconds: float = 90,
        opengl: bool = False,
        daemon_command: Sequence[str] = (),
        first_use: bool = True,
        alone: bool = False,
        theme: str = DARK,
    ) -> Any:
        """Run `module:function` of the scenarios in a Krita of its own; returns what it returned.

        With `opengl` the canvas is Krita's usual one, else the one that paints without OpenGL.
        `daemon_command` is what the plug-in runs where no daemon answers. Unless it is the
        `first_use`, the plug-in finds what it remembered in the last one. `alone`: it was unpacked
        from a release, no daemon was set up, and what may set one up is on the PATH. `theme` is the
        name of Krita's colours.
        Raises `ScenarioError` with the traceback from inside, or with Krita's last output.
        """
        name = f"{scenario.replace(':', '-').rpartition('.')[2]}-{next(self._runs)}"
        home = self.folder / "homes" / name
        shutil.copytree(self.template, home, symlinks=True)
        if opengl:
            (home / ".config/kritadisplayrc").unlink()
        (home / ".config/kritarc").write_text(_KRITARC.format(theme=theme))
        if first_use and env and CONNECTION_FILE_VARIABLE in env:
            connection = Path(env[CONNECTION_FILE_VARIABLE])
            connection.with_name(FILE_NAME).unlink(missing_ok=True)
        if daemon_command:
            record = home / ".local/share/krita/pykrita" / KRITA_NAME / "vendor/install.json"
            content = {**json.loads(record.read_text()), "command": list(daemon_command)}
            record.write_text(json.dumps(content))
        if alone:
            record = home / ".local/share/krita/pykrita" / KRITA_NAME / "vendor/install.json"
            record.write_text(json.dumps({"version": __version__}))
            path = f"{environment('')['PATH']}:{link_to_python(home / 'bin')}"
            env = {"PATH": path, **(env or {})}
        try:
            return self._start(
                home,
                self.folder / "runs" / name,
                f"tests.hosts.krita.scenarios.{scenario}",
                arguments or {},
                env or {},
                patient(seconds),
            )
        finally:
            shutil.rmtree(home)
            self._keep_pictures(name)

    def _keep_pictures(self, name: str) -> None:
        self.pictures.mkdir(parents=True, exist_ok=True)
        for shot in (self.folder / "runs" / name).glob("*.png"):
            shutil.copyfile(shot, self.pictures / f"{name.rpartition('-')[0]}-{shot.name}")

    def _start(
        self,
        home: Path,
        folder: Path,
        scenario: str,
        arguments: dict[str, Any],
        env: dict[str, str],
        seconds: float,
    ) -> Any:
        folder.mkdir(parents=True)
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        module, _, function = scenario.partition(":")
        order = {
            "repository": str(_REPOSITORY),
            "module": module,
            "function": function,
            "arguments": arguments,
            "folder": str(folder),
            "seconds": seconds,
        }
        settings = {
            **environment(self.display),
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(runtime),
            "TMPDIR": str(runtime),
            "DRAGGAN_SCENARIO": json.dumps(order),
            **env,
        }
        # With the interpreter of these tests, so that Krita can start a daemon in it.
        binds = [self.folder, *outermost({_REPOSITORY, Path(sys.prefix), Path(sys.base_prefix)})]
        if connection_file := env.get(CONNECTION_FILE_VARIABLE):
            binds.append(Path(connection_file).parent)
        command = self.system.command(["krita", "--nosplash"], settings, binds)
        log = folder / "krita.log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output)
            try:
                process.wait(seconds + 30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.ended_with = process.returncode
        result = folder / "result.json"
        if not result.exists():
            said = log.read_text(errors="replace")[-4000:]
            raise ScenarioError(f"{scenario}: Krita ended with {process.returncode}:\n{said}")
        outcome = json.loads(result.read_text())
        if "error" in outcome:
            raise ScenarioError(f"{scenario} failed inside Krita:\n{outcome['error']}")
        return outcome["result"]


def environment(display: str) -> dict[str, str]:
    """Of a program of the tests on that display."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "DISPLAY": display,
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "QT_LOGGING_RULES": "*.debug=false",
    }
