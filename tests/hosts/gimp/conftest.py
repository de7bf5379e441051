"""GIMP's own fixtures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hosts.gimp.gimp_host import GimpHost
from tests.hosts.system import HostSystem


@pytest.fixture(scope="session")
def gimp(gimp_system: HostSystem, tmp_path_factory: pytest.TempPathFactory) -> GimpHost:
    """GIMP with the plug-in installed."""
    folder: Path = tmp_path_factory.mktemp("gimp")
    host = GimpHost(gimp_system, folder / "home")
    host.warm_up()
    return host
