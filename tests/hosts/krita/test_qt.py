"""One source for Krita 5, which has Qt 5, and Krita 6, which has Qt 6: the plug-in under both.

Of Krita itself there is a small double; the other tests here have the real one.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from draggan_server import __version__
from draggan_server.host.layers.actions import ACTIONS
from draggan_server.host.sentences.said import HOW_TO_EDIT
from draggan_server.host.shapes import Ink
from draggan_server.plugins.stage import stage_krita
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE, InstallRecord
from tests.hosts.system import HostSystem
from tests.patience import patient

pytestmark = pytest.mark.krita

_DRIVE = Path(__file__).parent / "double" / "drive.py"
_NEVER_ENTERED = [
    "colours.py: _converted",
    "colours.py: _blank",
    "documents.py: KritaNode.show",
    "documents.py: KritaNode.animate_above",
    "documents.py: KritaDocument.reach",
    "documents.py: KritaDocument.selected_bounds",
    "notice.py: notice",
    "notice.py: notice.DragganNotice.__init__",
    "notice.py: notice.DragganNotice.canvasChanged",
    "toolkit.py: QtToolkit.choose_file",
    "toolkit.py: QtToolkit.choose_folder",
]
"""What needs the real Krita, and what would wait for a window of Qt's own."""


@pytest.fixture(scope="module", params=["5", "6"])
def said(
    request: pytest.FixtureRequest,
    krita_system: HostSystem,
    fake_daemon: dict[str, str],
    repository: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp(f"qt{request.param}")
    stage_krita(
        folder, InstallRecord(("/nonexistent/draggan", "serve"), folder / "none", __version__)
    )
    binds = [folder, repository, Path(fake_daemon[CONNECTION_FILE_VARIABLE]).parent]
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "QT_QPA_PLATFORM": "offscreen",
        **fake_daemon,
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        argv = krita_system.command(["python3", *arguments], environment, binds, str(folder))
        return subprocess.run(
            argv, capture_output=True, text=True, timeout=patient(240), check=False
        )

    if run("-c", f"import PyQt{request.param}.QtWidgets").returncode:
        missing = f"Python here has no PyQt{request.param}"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    done = run(str(_DRIVE), request.param, str(folder))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["qt"].startswith(request.param)
    return found


def test_what_the_source_names_is_there(said: dict[str, Any]) -> None:
    assert said["unknown"] == []


def test_each_function_runs_and_none_fails(said: dict[str, Any]) -> None:
    assert said["errors"] == []
    assert said["never entered"] == _NEVER_ENTERED


def test_a_picture_is_drawn_and_dragged(said: dict[str, Any]) -> None:
    assert said["actions"] == len(ACTIONS) + 2  # the menu, and a tool of the host's
    assert said["in a document of its own"] == [32, 1]
    assert said["drawn"] == ["Background", "steady, seed 7"]
    assert said["pull"] == [[pytest.approx(value, abs=0.5) for value in (30, 30, 36, 34)]]
    assert said["painted"]
    assert said["dot"] == [Ink.HANDLE.value[0], 0]
    assert said["pen"] == [True] * 4
    assert said["pulled by pen"] == 2
    assert said["by finger"] == [pytest.approx(value, abs=0.5) for value in (20, 40, 26, 46)]
    assert said["one finger"] == [True] * 3
    assert said["two fingers"] == [True, True, False, False, False]
    assert said["set by fingers"] == 1
    assert said["follows"]
    assert said["dragged"] == ["Background", "steady, seed 7", "Dragged: steady, seed 7"]
    assert said["status"].startswith("Arrived")
    assert said["brushed"] == 255
    assert said["alerts"]
    assert said["windows"] == ["Models", "State of DragGAN"]
    assert said["left by a tool"]
    assert (said["hint"], said["hint then"]) == (HOW_TO_EDIT, "")
