"""What torch reads when it is imported is said by every process of ours, before it imports it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from draggan_server import torch_settings

_TELL = """
import os, sys

class Teller:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print(os.environ.get("OMP_WAIT_POLICY"), os.environ.get("OMP_NUM_THREADS"), flush=True)
            os._exit(0)

sys.meta_path.insert(0, Teller())
"""

PROCESSES = {
    "command": "sys.argv = ['draggan', 'models', 'prepare', 'toy-lion']\n"
    "from draggan_server.cli import main; main()",
    "worker": "from draggan_server.worker.__main__ import make_engine; make_engine()",
    "errand": "from draggan_server.worker.errand import carry_out\n"
    "from draggan_server.wire.messages import PrepareModel\n"
    "carry_out(PrepareModel('toy-lion'), print)",
    "actor": "from draggan_server.worker.actor import make_engine; make_engine(None)",
}


def told(process: str, environment: dict[str, str]) -> str:
    """What a process finds set as it imports torch: how threads wait, and how many."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    done = subprocess.run(
        [sys.executable, "-c", _TELL + PROCESSES[process]],
        env={**ours, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("process", PROCESSES)
def test_threads_that_wait_leave_the_core_to_others(process: str) -> None:
    assert told(process, {}) == "PASSIVE None"


@pytest.mark.parametrize("process", PROCESSES)
def test_what_the_user_has_set_stays(process: str) -> None:
    chosen = {"OMP_WAIT_POLICY": "ACTIVE", "OMP_NUM_THREADS": "3"}
    assert told(process, chosen) == "ACTIVE 3"


def test_processes_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "PYTORCH_ENABLE_MPS_FALLBACK"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    torch_settings.settle(3)
    assert os.environ["OMP_NUM_THREADS"] == "2"
