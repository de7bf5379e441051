"""GIMP's own fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.gimp.gimp_host import GimpHost
from tests.hosts.gimp.screen import Screen, virtual_screen
from tests.hosts.system import HostSystem


@pytest.fixture(scope="session")
def gimp(gimp_system: HostSystem, tmp_path_factory: pytest.TempPathFactory) -> GimpHost:
    """GIMP with the plug-in installed."""
    folder: Path = tmp_path_factory.mktemp("gimp")
    host = GimpHost(gimp_system, folder / "home")
    host.warm_up()
    return host


@pytest.fixture(scope="module")
def screen(gimp: GimpHost) -> Iterator[Screen]:
    """A screen that no monitor shows."""
    with virtual_screen(gimp.command, gimp.home) as screen:
        yield screen


@pytest.fixture(scope="session")
def pictures(repository: Path) -> Path:
    """The folder of the pictures that tests leave for people to look at."""
    folder = repository / "test-output" / "gimp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
