"""Where real hosts run: this machine itself, or a Debian root folder with both of them.

Policy: a host installed here is used. Without one, root on a Debian-like system builds the root
folder of `debian_root`. Else the host's tests are skipped, and `make test` says so; in CI they
fail.

    python -m tests.hosts.system     says where the hosts' tests will run, after building the root
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from draggan_server.plugins.hosts import MIN_GIMP, MIN_KRITA
from draggan_server.plugins.versions import gimp_version, krita_version
from tests.hosts import debian_root

NEEDED_TOOLS = ("Xvfb", "openbox", "xdotool", "xwininfo", "xprop", "import", "convert")
"""Besides the hosts: a screen with its window manager, a hand, who asks windows where they are, and
screenshots (ImageMagick)."""


class HostSystem(Protocol):
    """A system in which host programs are run."""

    def command(
        self,
        argv: Iterable[str],
        env: Mapping[str, str],
        binds: Iterable[Path] = (),
        cwd: str = "/",
    ) -> list[str]:
        """The argument list that runs `argv` there, with exactly the environment `env`.

        The folders `binds` are to be seen there at the path they have here.
        """
        ...

    def which(self, program: str) -> str | None:
        """The path of a program there, or None."""
        ...


class NativeSystem:
    """This machine."""

    def command(
        self,
        argv: Iterable[str],
        env: Mapping[str, str],
        binds: Iterable[Path] = (),
        cwd: str = "/",
    ) -> list[str]:
        settings = [f"{name}={value}" for name, value in env.items()]
        return ["env", "-i", "-C", cwd, *settings, *argv]

    def which(self, program: str) -> str | None:
        return shutil.which(program)


class HostsMissing(RuntimeError):
    """The host is not here and cannot be had; the message says what would help."""


@functools.cache
def gimp_system() -> HostSystem:
    """A system with GIMP 3. Raises `HostsMissing`."""
    return _system("GIMP 3", (gimp_version() or ()) >= MIN_GIMP)


@functools.cache
def krita_system() -> HostSystem:
    """A system with Krita 5.2 or newer. Raises `HostsMissing`."""
    return _system("Krita 5.2", (krita_version() or ()) >= MIN_KRITA)


def _system(name: str, installed: bool) -> HostSystem:
    if installed:
        native = NativeSystem()
        if missing := [tool for tool in NEEDED_TOOLS if native.which(tool) is None]:
            raise HostsMissing(f"{name} is installed, but its tests need {', '.join(missing)}")
        return native
    try:
        return debian_root.ensure()
    except debian_root.RootError as error:
        raise HostsMissing(f"{name} is not installed, and {error}") from None


def outermost(folders: set[Path]) -> list[Path]:
    """The folders that are there, without those that lie in another, or that every system has."""
    everywhere = (Path("/usr"), Path("/usr/local"))
    wanted = [folder for folder in folders if folder.is_dir() and folder not in everywhere]
    return sorted(
        folder
        for folder in wanted
        if not any(other != folder and folder.is_relative_to(other) for other in wanted)
    )


def _say_where() -> None:
    for name, find in (("GIMP", gimp_system), ("Krita", krita_system)):
        try:
            system = find()
        except HostsMissing as error:
            print(f"{name}: its tests are left out: {error}.")
        else:
            where = f"in {system.path}" if isinstance(system, debian_root.DebianRoot) else "here"
            print(f"{name}: its tests run {where}.")


if __name__ == "__main__":
    _say_where()
