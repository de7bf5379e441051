"""A Debian root folder with real GIMP 3 and Krita, for machines that have neither.

It is Debian 13 with GIMP 3.0 and Krita 5.2, or the suite that `DRAGGAN_HOSTS_SUITE` names, of which
`testing` has the newest. Building needs root on a Debian-like system, about three minutes and
2.4 GB; the folder is cached outside the tree and made once for each version of the recipe below.
Commands run inside it by ``chroot`` in a mount namespace of their own, so that no mount outlives
the command.

    python -m tests.hosts.debian_root     builds the root where it is missing, prints its path
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import filelock
import platformdirs

SUITE = os.environ.get("DRAGGAN_HOSTS_SUITE", "trixie")
MIRROR = "http://deb.debian.org/debian"
PACKAGES = (
    "gimp krita python3-pyqt5 python3-pyqt6 python3-zmq python3-msgpack xvfb xdotool x11-utils "
    "imagemagick openbox libgl1-mesa-dri fonts-dejavu-core dbus dbus-x11 xserver-xorg-core "
    "xserver-xorg-video-dummy"
).split()


class RootError(RuntimeError):
    """The root cannot be built here; the message says what is missing."""


@dataclass(frozen=True)
class DebianRoot:
    """A built root folder and the way to run commands in it."""

    path: Path

    def command(
        self,
        argv: Iterable[str],
        env: Mapping[str, str],
        binds: Iterable[Path] = (),
        cwd: str = "/",
    ) -> list[str]:
        """The argument list that runs ``argv`` inside, with exactly the environment ``env``.

        ``binds`` are folders of the outside seen at the same path inside.
        """
        root = shlex.quote(str(self.path))
        lines = [
            "set -e",
            f"mount -t proc proc {root}/proc",
            f"mount --rbind /sys {root}/sys",
            f"mount --rbind /dev {root}/dev",
        ]
        for bind in binds:
            outside, inside = shlex.quote(str(bind)), shlex.quote(f"{self.path}{bind}")
            lines += [f"mkdir -p {inside}", f"mount --rbind {outside} {inside}"]
        settings = [f"{name}={value}" for name, value in env.items()]
        inner = shlex.join(["env", "-i", "-C", cwd, *settings, *argv])
        lines.append(f"exec {shutil.which('chroot', path=_SYSTEM_PATH)} {root} {inner}")
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", "\n".join(lines)]

    def which(self, program: str) -> str | None:
        """The path of a program inside, or None."""
        for folder in ("usr/local/bin", "usr/bin", "usr/sbin"):
            if (self.path / folder / program).exists():
                return f"/{folder}/{program}"
        return None


def missing_tools() -> list[str]:
    """What building a root needs and this machine lacks (empty where it can be built)."""
    missing = []
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        missing.append("root rights")
    missing += [tool for tool in ("apt-get", "unshare") if _which(tool) is None]
    return missing


def root_path() -> Path:
    """Where the root of this recipe lies, built or not."""
    recipe = hashlib.sha256(" ".join([SUITE, *PACKAGES]).encode()).hexdigest()[:12]
    return platformdirs.user_cache_path("draggan") / "hosts" / f"debian-{SUITE}-{recipe}"


def ensure() -> DebianRoot:
    """The root, built first where it is missing. Raises `RootError` where that cannot be done."""
    path = root_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{path}.lock"):
        if not path.is_dir():
            build(path, PACKAGES)
    return DebianRoot(path)


def build(path: Path, packages: Iterable[str], suite: str = SUITE) -> None:
    """Make the root `path`, with these of Debian's packages and what they cannot do without.

    Raises `RootError` where that cannot be done.
    """
    if missing := missing_tools():
        raise RootError(f"a Debian root cannot be built without {', '.join(missing)}")
    if _which("debootstrap") is None:
        _run(["apt-get", "update"])
        _run(["apt-get", "install", "-y", "--no-install-recommends", "debootstrap"])
    unfinished = path.with_name(f"{path.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    arguments = ["--variant=minbase", "--include=ca-certificates", suite, str(unfinished), MIRROR]
    _run([_which("debootstrap") or "debootstrap", *arguments])
    shutil.copy("/etc/resolv.conf", unfinished / "etc/resolv.conf")
    _copy_apt_settings(unfinished)
    root = DebianRoot(unfinished)
    env = {"PATH": _SYSTEM_PATH, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    for arguments in (
        ["update"],
        ["install", "-y", "--no-install-recommends", *packages],
        ["clean"],
    ):
        argv = ["apt-get", *arguments]
        _run(root.command(argv, env), shown=["inside:", *argv])
    unfinished.rename(path)


def _copy_apt_settings(root: Path) -> None:
    """Proxies and retries of this machine; hooks that call programs outside the root stay out."""
    for setting in Path("/etc/apt/apt.conf.d").iterdir():
        text = setting.read_text(errors="replace")
        if setting.is_file() and "Invoke" not in text:
            (root / "etc/apt/apt.conf.d" / setting.name).write_text(text)


_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _which(tool: str) -> str | None:
    return shutil.which(tool, path=f"{os.environ.get('PATH', '')}:{_SYSTEM_PATH}")


def _run(argv: list[str], shown: list[str] | None = None) -> None:
    print("+", " ".join(shown or argv), file=sys.stderr, flush=True)
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RootError(f"{shlex.join(argv)[:200]} failed:\n{done.stdout[-3000:]}")


if __name__ == "__main__":
    try:
        print(ensure().path)
    except RootError as error:
        sys.exit(f"debian_root: {error}")
