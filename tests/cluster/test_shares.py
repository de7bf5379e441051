"""A cluster that takes only those who know its token, and workers that share a graphics card.

The card is one by name only: what is real is how Ray shares it out.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

from tests.cluster.nodes import SETTINGS, Nodes, with_token
from tests.cluster.test_drag import draggan
from tests.daemon import ONE_THREAD, private_environment, running_daemon
from tests.patience import patient

UNKNOWN = with_token(secrets.token_hex(32))


def test_a_token_and_half_a_card(tmp_path: Path) -> None:
    token = secrets.token_hex(32)
    (tmp_path / "nodes").mkdir()
    variables = {**os.environ, **private_environment(tmp_path / "nodes"), **ONE_THREAD}
    nodes = Nodes(variables, nodes=1, cpus=4.0, gpus=1.0, token=token)
    serve = ("--ray", nodes.address, "--gpus-per-worker", "0.5")
    known = {**ONE_THREAD, **SETTINGS, **with_token(token)}
    try:
        refused = subprocess.Popen(
            [sys.executable, "-m", "draggan_server", "serve", *serve],
            env={**os.environ, **private_environment(tmp_path / "x"), **SETTINGS, **UNKNOWN},
            stderr=subprocess.PIPE,
            text=True,
        )
        with running_daemon(tmp_path, serve=serve, variables=known):
            sample = ("sample", "--seed", "33", "-o", str(tmp_path / "33.png"))
            draggan(tmp_path, *sample)
            status = draggan(tmp_path, "status")
        _, said = refused.communicate(timeout=patient(120))
    finally:
        nodes.end()
    assert refused.returncode == 2, said
    assert "No Ray cluster answers" in said
    assert (tmp_path / "33.png").is_file()
    assert status.count("Worker on ") == 2
