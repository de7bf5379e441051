"""The zips for people without a terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from draggan_server import __version__
from draggan_server.plugins.manifest import NAME, Manifest, manifest_of
from draggan_server.plugins.package import package_all
from draggan_server.wire.install_record import InstallRecord
from tests.unpacking import unpack

ASK_FOR_THE_DAEMON = """
import pathlib, sys
sys.path.insert(0, sys.argv[2])
import vendored
vendored.load(pathlib.Path(sys.argv[1]))
from draggan_server.wire.errors import DaemonUnreachable
from draggan_server.wire.install_record import install_record
from draggan_server.wire.launch import spawn
record = install_record()
print(*record.command, record.connection_file)
if not record.command:
    try:
        spawn(record)
    except DaemonUnreachable as error:
        print(error)
"""


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    gimp, krita = package_all(tmp_path_factory.mktemp("dist"))
    return {"GIMP": gimp, "Krita": krita}


def test_names_say_program_and_version(zips: dict[str, Path]) -> None:
    assert [path.name for path in zips.values()] == [
        f"draggan-gimp-{__version__}.zip",
        f"draggan-krita-{__version__}.zip",
    ]


def test_gimp_s_unpacks_to_a_plug_in_that_gimp_runs(zips: dict[str, Path], tmp_path: Path) -> None:
    unpack(zips["GIMP"], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["draggan"]
    assert (tmp_path / "draggan/draggan.py").stat().st_mode & 0o111 == 0o111
    assert (tmp_path / "draggan/draggan_gimp/drag_dialog.py").stat().st_mode & 0o111 == 0
    assert Manifest.read(tmp_path / "draggan" / NAME) == manifest_of(tmp_path, __version__)


def test_a_wheel_is_brought_along_and_found(tmp_path: Path) -> None:
    wheel = tmp_path / f"draggan_server-{__version__}-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    find = "from draggan_server.host.setup.source import Source; print(Source().requirement)"
    for zipped in package_all(tmp_path, wheel):
        root = tmp_path / zipped.stem
        unpack(zipped, root)
        (vendor,) = root.glob("**/vendor")
        assert Manifest.read(next(root.rglob(NAME))) == manifest_of(root, __version__)
        said = subprocess.run(
            [sys.executable, "-S", "-c", find], capture_output=True, text=True, cwd=vendor
        )
        assert said.stdout == f"{vendor / wheel.name}\n", said.stderr
        assert (vendor / wheel.name).read_bytes() == b"a wheel"


def _ask(package: Path, home: Path) -> list[str]:
    vendor = next(package.parent.glob("**/vendor"))
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ASK_FOR_THE_DAEMON, str(vendor), str(package)],
        env={"HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
    return said.stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="the folders are Linux'")
def test_an_unpacked_plug_in_finds_the_user_s_daemon(zips: dict[str, Path], tmp_path: Path) -> None:
    unpack(zips["GIMP"], tmp_path / "plug-ins")
    package = tmp_path / "plug-ins/draggan/draggan_gimp"
    config = tmp_path / ".config/draggan"
    where, sentence = _ask(package, tmp_path)
    assert where == str(config / "connection.json")
    assert "is not on this computer yet" in sentence
    assert "draggan plugins install" in sentence
    program = tmp_path / "draggan"
    record = InstallRecord((str(program), "serve"), tmp_path / "c.json", __version__)
    record.write(config / "daemon.json")
    where, sentence = _ask(package, tmp_path)  # the program was deleted
    assert where == str(tmp_path / "c.json")
    assert "is not on this computer yet" in sentence
    program.touch(0o755)
    assert _ask(package, tmp_path) == [f"{program} serve {tmp_path / 'c.json'}"]
    (config / "daemon.json").write_text(json.dumps({"command": 3}))
    assert _ask(package, tmp_path)[0] == str(config / "connection.json")


def test_two_runs_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        made.append([path.read_bytes() for path in package_all(tmp_path / name)])
    assert made[0] == made[1]
