"""Installing, upgrading and taking out: what is written, and what is left alone."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from draggan_server import __version__
from draggan_server.cli.plugins import plugins
from draggan_server.plugins import hosts, install, stage
from draggan_server.plugins.install import Installation, install_everywhere, uninstall_everywhere
from draggan_server.wire.install_record import shared_record_file


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user with GIMP 3.0 and a Krita that has another plug-in."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "DRAGGAN_CONNECTION_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(hosts, "gimp_version", lambda: (3, 0, 4))
    monkeypatch.setattr(hosts, "krita_version", lambda: (5, 2, 9))
    other = tmp_path / ".local/share/krita/pykrita/other"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("another's")
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/kritarc").write_text("[python]\nenable_other=true\n")
    return tmp_path


GIMP = ".config/GIMP/3.0/plug-ins/draggan"
KRITA = ".local/share/krita/pykrita/draggan_krita"


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def only(found: list[Installation], program: str) -> Installation:
    (one,) = (one for one in found if one.host.program == program)
    return one


def installed(found: list[Installation | hosts.TooOld], program: str) -> Installation:
    return only([one for one in found if isinstance(one, Installation)], program)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(plugins, list(arguments))


def test_uninstalling_brings_back_what_was_there(home: Path) -> None:
    before = files(home)
    install_everywhere()
    assert (home / GIMP / "draggan.py").is_file()
    assert (home / KRITA / "__init__.py").is_file()
    assert (home / ".local/share/krita/actions/draggan_krita.action").is_file()
    assert "enable_draggan_krita=true" in (home / ".config/kritarc").read_text()
    assert shared_record_file().is_file()
    compiled = home / KRITA / "__pycache__"  # what Python writes when Krita runs
    compiled.mkdir()
    (compiled / "docker.cpython-313.pyc").touch()
    uninstall_everywhere()
    assert files(home) == before
    assert not (home / GIMP).exists()
    assert not (home / KRITA).exists()


def test_a_dry_run_changes_nothing(home: Path) -> None:
    before = files(home)
    found = install_everywhere(dry_run=True)
    assert installed(found, "GIMP").todo.write
    assert files(home) == before
    install_everywhere()
    before = files(home)
    assert only(uninstall_everywhere(dry_run=True), "Krita").todo.remove
    assert files(home) == before


def test_installing_again_does_nothing(home: Path) -> None:
    install_everywhere()
    times = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    del times[shared_record_file()]
    again = install_everywhere()
    assert not any(one.changes for one in again if isinstance(one, Installation))
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_an_upgrade_writes_what_differs_and_removes_what_is_gone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = stage.stage_gimp

    def older(folder: Path, record: object) -> Path:
        plug_in = make(folder, None)
        (plug_in / "draggan_gimp/of_an_old_version.py").write_text("old")
        (plug_in / "draggan_gimp/drag_dialog.py").write_text("old")
        return plug_in

    with monkeypatch.context() as patch:
        old = stage.PlugIn("GIMP", older, stage.GIMP.folder, stage.GIMP.entry)
        patch.setattr(install, "PLUG_INS", {**stage.PLUG_INS, "GIMP": old})
        patch.setattr(install, "__version__", "0.0.9")
        install_everywhere()
    entry = home / GIMP / "draggan.py"
    os.utime(entry, (0, 0))
    kept = home / GIMP / "draggan_gimp/notes.txt"
    kept.write_text("the user's own")
    done = installed(install_everywhere(), "GIMP")
    assert done.version == "0.0.9"
    assert "draggan/draggan_gimp/drag_dialog.py" in done.todo.write
    assert "draggan/draggan.py" not in done.todo.write
    assert done.todo.remove == ("draggan/draggan_gimp/of_an_old_version.py",)
    assert not (home / GIMP / "draggan_gimp/of_an_old_version.py").exists()
    assert (home / GIMP / "draggan_gimp/drag_dialog.py").read_text() != "old"
    assert entry.stat().st_mtime > 0  # by which GIMP notices
    assert kept.read_text() == "the user's own"
    uninstall_everywhere()
    assert list(files(home / GIMP)) == ["draggan_gimp/notes.txt"]


def test_an_interrupted_upgrade_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_everywhere()
    for path in (home / GIMP).rglob("*.py"):
        path.unlink()
    carry_out = install.carry_out

    def full_disk(todo: install.Plan, folder: Path, source: Path) -> None:
        half = install.Plan(write=todo.write[: len(todo.write) // 2])
        carry_out(half, folder, source)
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(install, "carry_out", full_disk)
        said = run("install")
        assert "the disk is full" in str(said.exception)
    assert not installed(install_everywhere(), "GIMP").blocked
    assert run("status").exit_code == 0


def test_files_that_somebody_changed_are_not_overwritten(home: Path) -> None:
    install_everywhere()
    changed = home / KRITA / "docker.py"
    changed.write_text("# mine")
    (home / KRITA / "panel.py").unlink()
    said = run("install")
    assert said.exit_code == 1
    assert "pykrita/draggan_krita/docker.py" in said.output
    assert changed.read_text() == "# mine"
    assert not (home / KRITA / "panel.py").exists()
    said = run("uninstall")
    assert "docker.py" in said.output
    assert list(files(home / KRITA)) == ["docker.py"]


def test_a_folder_of_somebody_else_is_left_alone(home: Path) -> None:
    entry = home / GIMP / "draggan.py"
    entry.parent.mkdir(parents=True)
    entry.write_text("another plug-in of that name")
    before = files(home / GIMP)
    assert run("install").exit_code == 1
    assert files(home / GIMP) == before
    assert (home / KRITA / "docker.py").is_file()  # the other host gets its plug-in
    uninstall_everywhere()
    assert files(home / GIMP) == before


def test_a_link_is_not_followed(home: Path) -> None:
    """As developers make one, from GIMP's folder to their sources."""
    sources = home / "sources"
    install_everywhere()
    (home / GIMP).rename(sources)
    (home / GIMP).symlink_to(sources)
    (sources / "draggan_gimp/drag_dialog.py").write_text("in work")
    before = files(sources)
    assert installed(install_everywhere(), "GIMP").blocked
    uninstall_everywhere()
    assert files(sources) == before


def test_a_plug_in_from_before_manifests_is_upgraded(home: Path) -> None:
    install_everywhere()
    (home / GIMP / "manifest.json").unlink()
    (home / GIMP / "draggan_gimp/drag_dialog.py").write_text("of an older version")
    assert installed(install_everywhere(), "GIMP").todo.write == (
        "draggan/draggan_gimp/drag_dialog.py",
    )
    assert run("status").exit_code == 0


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"version": "1", "files": {"/etc/passwd": ["x"]}}',
        '{"version": "1", "files": {"../../../../precious": ["x"]}}',
    ],
)
def test_a_manifest_that_makes_no_sense_is_none(home: Path, content: str) -> None:
    install_everywhere()
    (home / GIMP / "manifest.json").write_text(content)
    (home / "precious").write_text("x")
    uninstall_everywhere()
    assert (home / "precious").exists()


def test_the_status_is_json_for_scripts(home: Path) -> None:
    assert run("status").exit_code == 1
    install_everywhere()
    (home / GIMP / "draggan_gimp/drag_dialog.py").unlink()
    shutil.rmtree(home / KRITA)
    said = run("status", "--json")
    assert said.exit_code == 1
    gimp, krita = json.loads(said.output)
    assert (gimp["program"], gimp["installed"]) == ("GIMP", __version__)
    assert gimp["missing_or_old"] == ["draggan/draggan_gimp/drag_dialog.py"]
    assert krita["installed"] is None
    assert not krita["up_to_date"]


def test_without_hosts_it_says_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "find_hosts", list)
    assert "Install one, start it once" in run("install").output
    assert not shared_record_file().exists()
