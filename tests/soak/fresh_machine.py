"""A bare Debian, an ordinary user, the README's two commands and nothing else.

It needs root, some 15 GB and the package indexes. The user's `make test` opens the GIMP and the
Krita of that machine and drags in them; in the size for CI it runs those tests only, on Debian 13
alone. The Debian that is being made has newer ones of everything: Python, GIMP and Krita.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.hosts.debian_root import DebianRoot, build
from tests.soak.row import Row

TREE = Path(__file__).parents[2]
PACKAGES = (
    "make python3-venv git gimp krita python3-pyqt5 xvfb openbox xdotool x11-utils imagemagick "
    "dbus-x11"
).split()
"""What the README asks for, the hosts (with what Krita recommends for its plug-ins), and a screen
with a hand."""

SUITES = {"ci": ("trixie",), "long": ("trixie",), "soak": ("trixie", "testing")}

USER = "artist"
HOME = f"/home/{USER}"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

DRAGS = (
    "tests/hosts/gimp/test_live.py tests/hosts/gimp/test_procedures.py "
    "tests/hosts/krita/test_live.py tests/hosts/krita/test_drag.py"
)
_SOME_TESTS: list[tuple[str, dict[str, str]]] = [
    ("make run", {}),
    ("make test", {"PYTEST_ADDOPTS": DRAGS}),
]
STEPS: dict[str, list[tuple[str, dict[str, str]]]] = {
    "ci": _SOME_TESTS,
    "long": _SOME_TESTS,
    "soak": [("make run", {}), ("make test", {})],
}
"""The commands of each size, and what is in their environment besides."""


class FreshMachine:
    """A root folder with the project in the home of its one user."""

    def __init__(self, folder: Path, suite: str) -> None:
        """Raises `RootError` where it cannot be built."""
        self._root = DebianRoot(folder / suite)
        build(self._root.path, PACKAGES, suite)
        self._do(["useradd", "--create-home", "--shell", "/bin/bash", USER])
        home = self._root.path / HOME[1:]
        subprocess.run(
            ["git", "clone", "--quiet", "--no-hardlinks", TREE, home / "draggan"], check=True
        )
        self._do(["chown", "--recursive", f"{USER}:{USER}", HOME])
        if CERTIFICATES.exists():
            shutil.copy(CERTIFICATES, self._root.path / CERTIFICATES.relative_to("/"))

    def call(self, command: str, env: Mapping[str, str]) -> int:
        """Run a command of the shell as the user, in the project; its exit code."""
        argv = ["/usr/sbin/runuser", "-u", USER, "--", "sh", "-c", command]
        settings = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": HOME,
            "USER": USER,
            "LANG": "C.UTF-8",
            "CI": "true",
            **_package_settings(),
            **env,
        }
        command_here = self._root.command(argv, settings, cwd=f"{HOME}/draggan")
        return subprocess.run(command_here, stdout=sys.stderr).returncode

    def _do(self, argv: list[str]) -> None:
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        subprocess.run(self._root.command(argv, env), check=True)


def _package_settings() -> dict[str, str]:
    """How this machine reaches the package indexes, without folders of its own."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name.lower().endswith("_proxy") or name in ("PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT")
    }
    return {**passed, "PIP_CERT": str(CERTIFICATES), "SSL_CERT_FILE": str(CERTIFICATES)}


def run(size: str, folder: Path) -> list[Row]:
    return [_try_out(suite, size, folder) for suite in SUITES[size]]


def _try_out(suite: str, size: str, folder: Path) -> Row:
    machine = FreshMachine(folder, suite)
    failed = [command for command, env in STEPS[size] if machine.call(command, env) != 0]
    return Row(
        f"a bare Debian ({suite}), an ordinary user: commands of the README that failed",
        len(STEPS[size]),
        len(failed),
        ", ".join(failed) or "both hosts were opened and dragged in",
    )
