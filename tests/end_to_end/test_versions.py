"""A daemon left over from an older release, met by today's command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from draggan_server import __version__
from tests.daemon import private_environment, running_daemon
from tests.patience import patient

QUIET_SECONDS = 2.0

OLDER = f"""
import draggan_server
draggan_server.__version__ = "0.0.9"
from draggan_server.broker import dispatcher
dispatcher.QUIET_SECONDS = {QUIET_SECONDS}
from draggan_server.cli import main
main()
"""


def draggan(environment: dict[str, str], *arguments: object) -> str:
    command = [sys.executable, "-m", "draggan_server", *map(str, arguments)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=patient(120)
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_replaced_and_its_picture_goes_on(tmp_path: Path) -> None:
    with running_daemon(tmp_path, ("-c", OLDER)) as variables:
        environment = {**os.environ, **private_environment(tmp_path), **variables}

        def status() -> dict[str, Any]:
            found: dict[str, Any] = json.loads(draggan(environment, "status", "--json"))
            return found

        older = status()
        assert older["version"] == "0.0.9"
        sample, dragged = tmp_path / "sample.png", tmp_path / "dragged.png"
        draggan(environment, "sample", "--seed", 33, "-o", sample)
        time.sleep(2 * QUIET_SECONDS)
        point = ("--point", "114,160:114,164", "--max-steps", 2)
        try:
            draggan(environment, "drag", sample, *point, "-o", dragged)
            newer = status()
            assert newer["version"] == __version__
            assert newer["pid"] != older["pid"]
            assert dragged.stat().st_size > 0
        finally:
            draggan(environment, "stop")
