"""What is installed into a host: whole, small, and free of what hosts do not have."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from draggan_server import __version__
from draggan_server.plugins.stage import stage_gimp, stage_krita
from draggan_server.wire.install_record import InstallRecord

RECORD = InstallRecord(
    ("/opt/my venv/python", "serve"), Path("/home/ö/connection.json"), __version__
)

USE_THE_WIRE = """
import pathlib, sys
sys.path.insert(0, sys.argv[2])
import vendored
sys.path.remove(sys.argv[2])
sys.path.insert(0, sys.argv[3])
vendored.load(pathlib.Path(sys.argv[1]))
import draggan_server.wire.client, draggan_server.host.session, draggan_server.wire.install_record
import draggan_server.host.settings, tomli
from draggan_server.host.translation import tr, use_language
use_language("de")
assert tr("_Start") == "_Starten"
assert tomli.loads("a = [1]") == {"a": [1]}
record = draggan_server.wire.install_record.install_record()
print(record.command, record.connection_file, record.version)
foreign = {name.partition(".")[0] for name in sys.modules} & {"torch", "numpy", "PIL", "zmq"}
assert not foreign, foreign
names = "draggan_server", "draggan_server.wire.client", "draggan_server.host", "msgpack", "tomli"
for name in names:
    assert sys.modules[name].__file__.startswith(sys.argv[1]), name
"""


@pytest.mark.parametrize(("stage", "package"), [(stage_gimp, "draggan_gimp"), (stage_krita, ".")])
def test_a_staged_plugin_works_on_the_bare_standard_library(
    tmp_path: Path, stage: Callable[[Path, InstallRecord], Path], package: str
) -> None:
    """And takes its own copy where another stands before it on the path."""
    plugin = stage(tmp_path / "with spaces ü", RECORD)
    foreign = tmp_path / "foreign"
    (foreign / "draggan_server").mkdir(parents=True)
    (foreign / "draggan_server" / "__init__.py").write_text("raise SystemExit('foreign')")
    arguments = (plugin / "vendor", plugin / package, foreign)
    # -S: no site-packages, so neither torch nor numpy, PIL, pyzmq nor msgpack of this interpreter
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", USE_THE_WIRE, *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.strip() == f"{RECORD.command} {RECORD.connection_file} {RECORD.version}"


def test_gimp_finds_its_main_file_runnable_and_of_the_folders_name(tmp_path: Path) -> None:
    plugin = stage_gimp(tmp_path, RECORD)
    entry = plugin / f"{plugin.name}.py"
    assert os.access(entry, os.X_OK)
    assert entry.read_text().startswith("#!/usr/bin/env python3\n")


def test_krita_finds_description_action_and_manual(tmp_path: Path) -> None:
    plugin = stage_krita(tmp_path, RECORD)
    description = plugin.with_suffix(".desktop").read_text()
    assert f"X-KDE-Library={plugin.name}\n" in description
    assert "ServiceTypes=Krita/PythonPlugin\n" in description
    assert (plugin / "Manual.html").is_file()
    assert (tmp_path / "actions" / f"{plugin.name}.action").is_file()


@pytest.mark.parametrize(
    ("language", "record", "expected"),
    [
        ("de_AT.UTF-8", RECORD, "Punkte bearbeiten"),
        ("de", None, "Edit Points"),  # of a release zip, for whoever unpacks it
        ("en_GB:de", RECORD, "Edit Points"),
        ("fr", RECORD, "Edit Points"),
    ],
)
def test_krita_s_list_of_shortcuts_speaks_the_language_of_who_installs_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    record: InstallRecord | None,
    expected: str,
) -> None:
    monkeypatch.setenv("LANGUAGE", language)
    plugin = stage_krita(tmp_path, record)
    described = ElementTree.parse(tmp_path / "actions" / f"{plugin.name}.action")
    texts = {one.get("name"): one.findtext("text") for one in described.iter("Action")}
    assert texts["draggan_edit_points"] == expected
