"""The wheel carries all that the program needs besides its code."""

import configparser
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.wheel import REPOSITORY, build_wheel

NEEDED = (
    "draggan_server/models/shipped/toy-lion.safetensors",
    "draggan_server/models/shipped/toy-lion.png",
    "draggan_server/editing/trackers/lion_pips.safetensors",
    "draggan_server/editing/trackers/lion_raft.safetensors",
    "draggan_server/wire/PROTOCOL.md",
    "draggan_server/host/locale/de.po",
    "draggan_server/py.typed",
    "draggan_server/constraints.txt",
    "stylegan2/py.typed",
    "draggan_server/plugins/gimp_plugin/draggan/draggan.py",
    "draggan_server/plugins/gimp_plugin/draggan/draggan_gimp/plug_in.py",
    "draggan_server/plugins/krita_plugin/draggan_krita.desktop",
    "draggan_server/host/icons/start_drag.svg",
    "draggan_server/plugins/krita_plugin/draggan_krita/__init__.py",
    "draggan_server/plugins/krita_plugin/draggan_krita/Manual.html",
)


def test_the_wheel_is_whole(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    # `draggan` is another project's on the package index; the command is ours all the same.
    assert wheel.name.startswith("draggan_server-")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entries,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
        scripts = configparser.ConfigParser()
        scripts.read_string(archive.read(entries).decode())
        archive.extractall(tmp_path / "installed")
    assert dict(scripts["console_scripts"]) == {"draggan": "draggan_server.cli:main"}
    assert "draggan" not in {name.partition("/")[0] for name in names}
    assert not [name for name in NEEDED if name not in names]
    packages = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert packages == {"draggan_server", "stylegan2"}
    _check_that_it_stages_plugins(tmp_path / "installed")
    for_documents = ("demo.png", "screenshot.png", "live.webp", "sheet.png")
    assert not [name for name in names if name.endswith(for_documents)]


def _check_that_it_stages_plugins(installed: Path) -> None:
    code = """
import sys
from pathlib import Path
from draggan_server.plugins import stage
from draggan_server.wire.install_record import install_record
assert stage.__file__.startswith(sys.argv[1])
for make in (stage.stage_gimp, stage.stage_krita):
    assert list(make(Path(sys.argv[1], "hosts"), install_record()).glob("**/vendored.py"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(installed)],
        cwd=installed,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_texts_install_this_project_and_no_other() -> None:
    """Without `-server` the name is another project's."""
    texts = subprocess.run(
        ["git", "grep", "-hIE", "pip3? install"], cwd=REPOSITORY, capture_output=True, text=True
    ).stdout
    named = re.findall(r"pip3? install[^\n]*?\b(draggan[\w-]*)", texts)
    assert named
    assert set(named) == {"draggan-server"}


def test_the_other_project_s_package_beside_ours_does_no_harm(tmp_path: Path) -> None:
    package = tmp_path / "draggan"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('the other package was imported')")
    found = subprocess.run(
        [sys.executable, "-c", "import draggan"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "the other package was imported" in found.stderr
    ours = subprocess.run(
        [Path(sys.executable).with_name("draggan"), "models", "list"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ours.returncode == 0, ours.stderr
    assert "toy-lion" in ours.stdout
