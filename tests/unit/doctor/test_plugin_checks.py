"""What is said of the hosts and their plug-ins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from draggan_server import __version__
from draggan_server.cli.plugins import plugins
from draggan_server.doctor import host_python
from draggan_server.doctor.finding import Finding
from draggan_server.doctor.plugin_checks import check_plugins
from draggan_server.plugins import hosts, install
from draggan_server.plugins.install import install_everywhere

PLUG_IN = ".config/GIMP/3.0/plug-ins/draggan"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "DRAGGAN_CONNECTION_FILE"):
        monkeypatch.delenv(name, raising=False)
    for module in (hosts, host_python):
        monkeypatch.setattr(module, "gimp_version", lambda: None)
        monkeypatch.setattr(module, "krita_version", lambda: None)
    (tmp_path / ".config/GIMP/3.0").mkdir(parents=True)
    return tmp_path


def only() -> Finding:
    (finding,) = check_plugins()
    return finding


def test_a_plug_in_that_is_missing_is_installed(home: Path) -> None:
    missing = only()
    assert (missing.state, missing.says) == ("bad", "It is not installed.")
    assert missing.mend is not None
    missing.mend()
    assert (home / PLUG_IN / "draggan.py").is_file()
    assert only().state == "good"


def test_an_older_plug_in_is_to_be_installed_anew(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(install, "__version__", "0.0.1")
        install_everywhere()
    (home / PLUG_IN / "draggan_gimp/drag_dialog.py").unlink()
    assert only().says == f"Version 0.0.1 is installed, the daemon is of version {__version__}."


def test_a_plug_in_of_another_installation(home: Path) -> None:
    """As one whose folder was moved since."""
    install_everywhere()
    file = home / PLUG_IN / "vendor/install.json"
    record = {**json.loads(file.read_text()), "command": ["/old/python", "serve"]}
    manifest = home / PLUG_IN / "manifest.json"
    before = install.digest(file)
    file.write_text(json.dumps(record))
    manifest.write_text(manifest.read_text().replace(before, install.digest(file)))
    assert only().says.endswith("another installation of DragGAN: /old/python serve")


def test_files_in_the_way_are_not_mended(home: Path) -> None:
    (home / PLUG_IN).mkdir(parents=True)
    (home / PLUG_IN / "draggan.py").write_text("mine")
    finding = only()
    assert finding.state == "bad"
    assert "draggan/draggan.py" in finding.says
    assert finding.mend is None


def test_no_host_and_an_old_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".config/GIMP/3.0").rmdir()
    assert only().link == "hosts"
    monkeypatch.setattr(hosts, "krita_version", lambda: (5, 1, 5))
    old = only()
    assert (old.link, old.state) == ("Krita 5.1.5", "warning")


@pytest.mark.parametrize(
    ("script", "state", "says"),
    [
        ("exit 0", "good", "has gi"),
        ("echo 'no module gi' >&2; exit 1", "warning", "no module gi"),
    ],
)
def test_the_python_that_a_distribution_s_gimp_takes(
    home: Path, monkeypatch: pytest.MonkeyPatch, script: str, state: str, says: str
) -> None:
    for module in (hosts, host_python):
        monkeypatch.setattr(module, "gimp_version", lambda: (3, 0, 4))
    python = home / "python3"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    monkeypatch.setattr(host_python, "_SYSTEM_FOLDERS", str(home))
    monkeypatch.setattr(host_python.sys, "platform", "linux")
    *_, finding = check_plugins()
    assert finding.link == "Python of GIMP 3.0.4"
    assert finding.state == state
    assert says in finding.says


def test_an_installation_says_that_the_program_cannot_run_plug_ins(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (hosts, host_python):
        monkeypatch.setattr(module, "gimp_version", lambda: (3, 0, 4))
    python = home / "python3"
    python.write_text("#!/bin/sh\necho 'no module gi' >&2; exit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(host_python, "_SYSTEM_FOLDERS", str(home))
    monkeypatch.setattr(host_python.sys, "platform", "linux")
    said = CliRunner().invoke(plugins, ["install"], catch_exceptions=False).output
    assert "installed: " in said
    assert "cannot load gi, which the program's plug-ins need: no module gi" in said
    assert "sudo apt install python3-gi" in said
    python.write_text("#!/bin/sh\nexit 0\n")
    assert "apt" not in CliRunner().invoke(plugins, ["install"], catch_exceptions=False).output
