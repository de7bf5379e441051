"""Try out a release in clean environments, and write its SBOM and checksums beside it.

    python -m tests.release dist [PYTHON ...]

`dist` holds the wheel, the sdist and the plug-ins' zips. Without names of interpreters every
Python from 3.11 to 3.14 that is found is used; the SBOM is of the first one's environment.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.unpacking import unpack

REPOSITORY = Path(__file__).resolve().parents[1]
SUMS = "SHA256SUMS"

_PYTHONS = tuple(f"python3.{minor}" for minor in (11, 12, 13, 14))
_SET_UP = """
import sys, time
from pathlib import Path
from draggan_server.host.setup.provisioner import Provisioner, Stage
from draggan_server.host.setup.pythons import Python
setup = Provisioner(find=lambda: Python(Path(sys.executable), sys.version_info[:2]))
setup.start()
while setup.stage is not Stage.DONE:
    setup.poll()
    if setup.stage is Stage.ASKING:
        print(setup.words)
        setup.go_on()
    elif not setup.busy and setup.stage is not Stage.DONE:
        sys.exit(setup.words)
    time.sleep(0.05)
"""
_REMOVE = """
from draggan_server.host.setup.provisioner import Provisioner
Provisioner().remove()
"""
_ASK_VERSION = "import sys; print(sys.version_info >= (3, 11))"


class ReleaseError(RuntimeError):
    """The release is not to be published; the message says why."""


def version() -> str:
    """The one place where the version stands."""
    text = (REPOSITORY / "draggan_server/__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise ReleaseError("draggan_server/__init__.py names no version")
    return found[1]


def expected_files() -> tuple[str, ...]:
    """What a release consists of, before its SBOM and checksums."""
    return (
        f"draggan_server-{version()}-py3-none-any.whl",
        f"draggan_server-{version()}.tar.gz",
        f"draggan-gimp-{version()}.zip",
        f"draggan-krita-{version()}.zip",
    )


def check_files(dist: Path) -> None:
    """Raises `ReleaseError` where the folder does not hold exactly the files of this version."""
    there = {path.name for path in dist.iterdir()}
    expected = set(expected_files())
    if there != expected:
        raise ReleaseError(
            f"{dist} is not what a release of {version()} is: missing "
            f"{sorted(expected - there)}, too much {sorted(there - expected)}"
        )


def pythons() -> list[str]:
    """The interpreters here with which a release is tried out."""
    return [name for name in _PYTHONS if shutil.which(name) and _runs(name)]


def try_out(dist: Path, python: str) -> None:
    """Install wheel and sdist into a clean environment, and drag with each of them."""
    wheel, sdist, *_ = (dist / name for name in expected_files())
    with tempfile.TemporaryDirectory(prefix="draggan-release-") as name:
        folder = Path(name)
        environment = folder / "environment"
        _run(python, "-m", "venv", environment)
        inside = environment / "bin"
        pip = (inside / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
        _run(*pip, *_torch(), wheel)
        _run(inside / "python", "-m", "pip", "check")
        _use(inside, folder / "of-the-wheel")
        _bill_of_materials(inside / "python", dist)
        _run(*pip, "--force-reinstall", "--no-deps", sdist)
        _use(inside, folder / "of-the-sdist")
        _set_up(python, dist, folder / "of-the-plug-in")


def write_sums(dist: Path) -> None:
    """`SHA256SUMS` of every file, as `sha256sum --check` reads it."""
    files = sorted(path for path in dist.iterdir() if path.name != SUMS)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (dist / SUMS).write_text("".join(lines), encoding="utf-8")


def _use(inside: Path, folder: Path) -> None:
    """What a user does first, with a home of its own."""
    folder.mkdir()
    home = {"HOME": str(folder), "PATH": f"{inside}{os.pathsep}{os.environ['PATH']}"}

    def draggan(*arguments: str) -> str:
        return _run(inside / "draggan", *arguments, cwd=folder, environment=home)

    if version() not in draggan("--version"):
        raise ReleaseError("what is installed says another version of itself")
    if "toy-lion" not in draggan("models", "list"):
        raise ReleaseError("what is installed has no default model")
    draggan("plugins", "package", "-o", str(folder))
    try:
        draggan("sample", "--seed", "33", "-o", "lion.png")
        draggan("drag", "lion.png", "--point", "114,160:114,168", "-o", "roar.png")
    finally:
        draggan("stop")
    if (folder / "lion.png").read_bytes() == (folder / "roar.png").read_bytes():
        raise ReleaseError("what is installed does not drag")


def _set_up(python: str, dist: Path, folder: Path) -> None:
    """What a plug-in of a zip does where there is no daemon, with a home of its own."""
    gimp = next(dist / name for name in expected_files() if "gimp" in name)
    unpack(gimp, folder / "plug-ins")
    (vendor,) = folder.glob("plug-ins/*/vendor")
    said = _run(python, "-S", "-c", _SET_UP, cwd=vendor, environment={"HOME": str(folder)})
    print(said, file=sys.stderr, end="")
    (environment,) = folder.glob("**/daemon/environment")
    _use(environment / "bin", folder / "used")
    _run(python, "-S", "-c", _REMOVE, cwd=vendor, environment={"HOME": str(folder)})
    if environment.parent.exists():
        raise ReleaseError(f"removing what was set up has left {environment.parent}")


def _bill_of_materials(python: Path, dist: Path) -> None:
    """Write the one of the first environment that is tried out."""
    target = dist / f"draggan_server-{version()}.cdx.json"
    if not target.exists():
        program = Path(sys.executable).with_name("cyclonedx-py")
        about = ("--pyproject", REPOSITORY / "pyproject.toml", "--output-reproducible")
        _run(program, "environment", *about, "--output-file", target, python)


def _torch() -> list[str]:
    """What pip is told of PyTorch and of the versions of everything."""
    said = _run(sys.executable, "-m", "draggan_server.torch_build", cwd=REPOSITORY)
    return [line for line in said.splitlines() if not line.startswith("#")]


def _runs(python: str) -> bool:
    """pyenv has names on the path that lead to nothing."""
    said = subprocess.run([python, "-c", _ASK_VERSION], capture_output=True, text=True)
    return said.stdout.strip() == "True"


def _run(
    *command: str | Path, cwd: Path | None = None, environment: dict[str, str] | None = None
) -> str:
    shown = " ".join(map(str, command))
    print(f"+ {shown}", file=sys.stderr, flush=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith("DRAGGAN_")}
    done = subprocess.run(
        command, cwd=cwd, env={**own, **(environment or {})}, capture_output=True, text=True
    )
    if done.returncode:
        raise ReleaseError(f"{shown} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def main(arguments: Sequence[str]) -> None:
    dist, *chosen = arguments
    folder = Path(dist).resolve()
    check_files(folder)
    names = chosen or pythons()
    if not names:
        raise ReleaseError("no Python from 3.11 to 3.14 was found to try the release out with")
    for python in names:
        try_out(folder, python)
    write_sums(folder)
    print(f"Tried out with {', '.join(names)}. {folder} holds:")
    print((folder / SUMS).read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ReleaseError as error:
        sys.exit(f"release: {error}")
