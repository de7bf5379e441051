"""The wheel carries all that the program needs besides its code."""

import subprocess
import sys
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

NEEDED = (
    "stylegan2/models/toy-lion.safetensors",
    "stylegan2/models/toy-lion.png",
    "draggan_server/wire/PROTOCOL.md",
    "gimp_plugin/draggan/draggan.py",
    "gimp_plugin/draggan/draggan_gimp/plug_in.py",
    "krita_plugin/draggan_krita.desktop",
    "krita_plugin/draggan_krita.action",
    "krita_plugin/draggan_krita/__init__.py",
    "krita_plugin/draggan_krita/Manual.html",
)


def test_the_wheel_is_whole(tmp_path: Path) -> None:
    source = tmp_path / "source"
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in files:  # a copy, because building leaves its own folders beside the sources
        if (REPOSITORY / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((REPOSITORY / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    built = subprocess.run(
        [*command, "--wheel-dir", str(tmp_path), str(source)], capture_output=True, text=True
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [name for name in NEEDED if name not in names]
    assert not [name for name in names if name.startswith("tests/")]
