"""A Ray cluster for the tests here: a head and two nodes with a processor each, on this machine."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.nodes import Nodes
from tests.protocol.daemons import RunningDaemon, private_environment, wait_until

HERE = Path(__file__).parent
WORKERS = 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Ray these tests are left out, but not where everything is to be tested."""
    if importlib.util.find_spec("ray") is not None or os.environ.get("CI") == "true":
        return
    why = "Ray is not installed: pip install 'draggan-server[ray]'"
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    environment = private_environment(tmp_path_factory.mktemp("nodes"))
    nodes = Nodes({**environment, "OMP_NUM_THREADS": "1"}, WORKERS)
    yield nodes
    nodes.end()


@pytest.fixture
def daemon(nodes: Nodes, tmp_path: Path) -> Iterator[RunningDaemon]:
    """One with the fake engine and a worker on each node."""
    with RunningDaemon(tmp_path, workers=WORKERS, ray=nodes.address) as daemon:
        all_idle(daemon)
        yield daemon


def all_idle(daemon: RunningDaemon, seconds: float = 90.0) -> None:
    """Wait until every worker is ready for a job."""
    wait_until(lambda: all(one.state == "idle" for one in daemon.status().workers), seconds)
