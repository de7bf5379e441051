"""The Python with which a host runs its plug-ins, and whether it has what they need."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator

from draggan_server.doctor.finding import Finding, good
from draggan_server.plugins.hosts import Host
from draggan_server.plugins.versions import dotted, gimp_version, krita_version
from draggan_server.wire.said import Said

_TIMEOUT = 30.0  # seconds

_SYSTEM_FOLDERS = "/usr/bin:/bin"
"""Where the distribution's own Python is, with which it builds GIMP and Krita."""

_NEEDED = {
    "GIMP": ("import gi; gi.require_version('Gimp', '3.0'); from gi.repository import Gimp", "gi"),
    "Krita": ("import PyQt5.QtWidgets", "PyQt5"),
}
_PACKAGES = {"GIMP": "python3-gi", "Krita": "python3-pyqt5"}


def check_python(host: Host) -> Iterator[Finding]:
    """Packages bring a Python of their own; a distribution's GIMP and Krita take the system's."""
    on_path = gimp_version() if host.program == "GIMP" else krita_version()
    own = host.package or on_path is None or host.version != dotted(on_path)
    if sys.platform != "linux" or own:
        return
    link = Said("Python of {host}", host=host)
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
        yield Finding(
            link, "warning", Said("{python} does not run: {error}", python=python, error=error)
        )
        return
    if done.returncode == 0:
        yield good(link, f"{python} has {module}.")
        return
    why = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
    yield Finding(
        link,
        "warning",
        Said(
            "{python} cannot load {module}, which the program's plug-ins need: {why}",
            python=python,
            module=module,
            why=why,
        ),
        Said(
            "On Debian and Ubuntu: sudo apt install {package}. If the plug-in works, the program "
            "has a Python of its own, and nothing is wrong.",
            package=_PACKAGES[host.program],
        ),
    )
