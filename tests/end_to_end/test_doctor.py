"""`draggan doctor` as a user runs it, on a machine with one GIMP folder and nothing installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.daemon import private_environment


def doctor(home: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "draggan_server", "doctor", *arguments],
        env={**os.environ, **private_environment(home), "PATH": "/nonexistent"},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_it_finds_mends_and_is_content(tmp_path: Path) -> None:
    (tmp_path / "config/GIMP/3.0").mkdir(parents=True)
    code, said = doctor(tmp_path)
    assert code == 1
    assert "BAD   plug-in for GIMP 3.0: It is not installed." in said
    assert "draggan plugins install" in said
    assert "PyTorch: Version " in said
    assert not (tmp_path / "config/GIMP/3.0/plug-ins").exists()
    code, said = doctor(tmp_path, "--fix", "--json")
    assert code == 0
    document: dict[str, Any] = json.loads(said)
    assert document["mended"] == ["plug-in for GIMP 3.0"]
    assert document["not_mended"] == {}
    links = [finding["link"] for finding in document["findings"]]
    assert {"plug-in for GIMP 3.0", "port", "daemon", "disk", "PyTorch", "device"} <= set(links)
    assert (tmp_path / "config/GIMP/3.0/plug-ins/draggan/draggan.py").is_file()
    code, said = doctor(tmp_path)
    assert code == 0
    assert "BAD" not in said
