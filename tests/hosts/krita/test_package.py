"""The zip for *Import Python Plugin*, taken by Krita's own importer."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from draggan_server import __version__
from draggan_server.plugins.manifest import NAME, Manifest, manifest_of
from draggan_server.plugins.package import package_all
from tests.hosts import debian_root
from tests.hosts.system import HostSystem

IMPORTER = "usr/share/krita/pykrita/plugin_importer/plugin_importer.py"


@pytest.fixture(scope="module")
def importer(krita_system: HostSystem) -> ModuleType:
    """From the system that has Krita: this machine, or the root of the hosts' tests."""
    for root in (Path("/"), debian_root.root_path()):
        if (root / IMPORTER).is_file():
            spec = importlib.util.spec_from_file_location("plugin_importer", root / IMPORTER)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    if os.environ.get("CI"):
        pytest.fail("In CI the zip must be tried: Krita is here, but not its importer.")
    pytest.skip("left out: this Krita keeps its importer elsewhere")


@pytest.mark.krita
def test_krita_s_importer_takes_the_zip_also_over_an_older_one(
    importer: ModuleType, tmp_path: Path
) -> None:
    dist, data = tmp_path / "dist", tmp_path / "data"
    dist.mkdir()
    data.mkdir()
    _, package = package_all(dist)
    for _ in range(2):  # a second time, over what the first one left
        taken = importer.PluginImporter(str(package), str(data), lambda _: True)
        (plug_in,) = taken.import_all()
        assert plug_in["name"] == "draggan_krita"
        assert plug_in["action"] is not None
    assert Manifest.read(data / "pykrita/draggan_krita" / NAME) == manifest_of(data, __version__)
