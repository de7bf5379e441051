"""The plug-in that draggan_server/host/README.md shows works, and what it names is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import draggan_server.host
from draggan_server.host.sentences import said
from tests.daemon import running_daemon
from tests.patience import patient

HOST = Path(draggan_server.host.__file__).parent
README = (HOST / "README.md").read_text(encoding="utf-8")


def test_the_example_drags_and_recognises(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    with running_daemon(tmp_path) as environment:
        done = subprocess.run(
            [sys.executable, "-c", example],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=patient(120),
        )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == said.LOOKING_FOR_DAEMON
    (ended,) = (index for index, line in enumerate(lines) if line.startswith("Arrived after"))
    assert said.SEEING in lines[ended:]
    assert re.match(r"The model “toy-lion” shows \d+% of this picture; the rest", lines[-1])


def test_every_module_is_named_and_there() -> None:
    named = set(re.findall(r"`(\w+(?:\.py|/))`", README))
    assert all((HOST / name).exists() for name in named)
    assert {"states.py", "session.py", "sentences/", "pair_editor.py"} <= named
