"""From the host program to its plug-in: found, whole, of this version, and Python to run it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from draggan_server import __version__
from draggan_server.doctor.finding import Finding, good
from draggan_server.plugins.hosts import Host, TooOld
from draggan_server.plugins.install import Installation, install_everywhere, look
from draggan_server.plugins.versions import dotted, gimp_version, krita_version
from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.json_record import from_document, parse

_INSTALL = "Run: draggan plugins install. Then start the program again."
_TIMEOUT = 30.0  # seconds

_SYSTEM_FOLDERS = "/usr/bin:/bin"
"""Where the distribution's own Python is, with which it builds GIMP and Krita."""

_NEEDED = {
    "GIMP": ("import gi; gi.require_version('Gimp', '3.0'); from gi.repository import Gimp", "gi"),
    "Krita": ("import PyQt5.QtWidgets", "PyQt5"),
}
_PACKAGES = {"GIMP": "python3-gi", "Krita": "python3-pyqt5"}


def check_plugins() -> Iterator[Finding]:
    found = look()
    if not found:
        yield Finding(
            "hosts",
            "bad",
            "No GIMP 3 and no Krita 5.2 was found.",
            "Install one, start it once, and run: draggan plugins install",
        )
    for one in found:
        if isinstance(one, TooOld):
            yield Finding(
                f"{one.program} {one.version}",
                "warning",
                f"It is too old for the plug-in: {one.needed} is needed.",
                "Install a newer one; a Flatpak or an AppImage of it can stand beside this one.",
            )
        else:
            yield _check_installation(one)
            yield from _check_python(one.host)


def _check_installation(one: Installation) -> Finding:
    link = f"plug-in for {one.host}"
    if one.blocked:
        return Finding(
            link,
            "bad",
            f"Files that DragGAN did not write, or that were changed, are in {one.path}: "
            f"{', '.join(one.todo.blocked[:3])}",
            "Move them away, then run: draggan plugins install",
        )
    if not one.changes:
        return good(link, f"Installed in {one.path}, version {__version__}.")
    if one.version is None:
        says = "It is not installed."
    elif one.version not in ("", __version__):
        says = f"Version {one.version} is installed, the daemon is of version {__version__}."
    elif other := _other_command(one.path):
        says = f"It starts another installation of DragGAN: {other}"
    elif one.switch and not one.todo.changes:
        says = "It is switched off in Krita."
    else:
        says = f"Files are missing or old: {', '.join(one.todo.write[:3])}"
    return Finding(link, "bad", says, _INSTALL, lambda: _mend_installation())


def _mend_installation() -> None:
    install_everywhere()


def _other_command(plug_in: Path) -> str | None:
    """The command by which an installed plug-in starts a daemon that is not this one's."""
    try:
        document = parse((plug_in / "vendor/install.json").read_bytes())
        command = from_document(InstallRecord, document).command
    except (OSError, ProtocolError):
        return None
    return " ".join(command) if command and command[0] != sys.executable else None


def _check_python(host: Host) -> Iterator[Finding]:
    """Packages bring a Python of their own; a distribution's GIMP and Krita take the system's."""
    on_path = gimp_version() if host.program == "GIMP" else krita_version()
    own = host.package or on_path is None or host.version != dotted(on_path)
    if sys.platform != "linux" or own:
        return
    link = f"Python of {host}"
    python = shutil.which("python3", path=_SYSTEM_FOLDERS)
    if python is None:
        yield Finding(link, "warning", "The system has no python3.", "Install python3.")
        return
    code, module = _NEEDED[host.program]
    try:
        done = subprocess.run(
            [python, "-I", "-c", code], capture_output=True, text=True, timeout=_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Finding(link, "warning", f"{python} does not run: {error}")
        return
    if done.returncode == 0:
        yield good(link, f"{python} has {module}.")
        return
    why = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
    yield Finding(
        link,
        "warning",
        f"{python} cannot load {module}, which the program's plug-ins need: {why}",
        f"On Debian and Ubuntu: sudo apt install {_PACKAGES[host.program]}. If the plug-in works, "
        "the program has a Python of its own, and nothing is wrong.",
    )
