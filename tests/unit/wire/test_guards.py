"""What the wire, the brain of the plug-ins and the broker may import, to run in a host, at once."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import draggan_server
from draggan_server.plugins.stage import VENDORED

SERVER = Path(draggan_server.__file__).parent
SOURCES = sorted(path for package in VENDORED for path in (SERVER / package).rglob("*.py"))
REACHES = {
    "wire": {"draggan_server.wire", "msgpack"},
    "host": {"draggan_server.wire", "draggan_server.host", "tomli"},
}
"""What a module of a package may import beside the standard library."""
ONLY_WHERE_THERE = {"zmq": {"wire/transport.py"}, "platformdirs": {"wire/install_record.py"}}


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(SERVER).as_posix())
def test_what_goes_into_hosts_imports_only_its_whitelist(path: Path) -> None:
    place = path.relative_to(SERVER).as_posix()
    allowed = REACHES[place.partition("/")[0]]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "it is copied into hosts: absolute imports only"
            names = [str(node.module)]
        for name in names:
            package = name.partition(".")[0]
            if place in ONLY_WHERE_THERE.get(package, ()):
                assert node not in tree.body, f"{name} must be imported where it is used"
                continue
            known = package in sys.stdlib_module_names or name == "draggan_server"
            below = any(name == there or name.startswith(f"{there}.") for there in allowed)
            assert known or below, f"{place} imports {name}"


def test_it_works_without_what_hosts_lack() -> None:
    """Every module imports, and messages travel, with the forbidden packages blocked."""
    run(
        """
        import pkgutil, sys
        for name in ("torch", "numpy", "PIL", "zmq", "platformdirs", "filelock", "click", "rich"):
            sys.modules[name] = None
        import draggan_server.host, draggan_server.wire
        for package in (draggan_server.wire, draggan_server.host):
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                __import__(module.name)
        from draggan_server.wire.codec import REQUEST_CODEC, Envelope
        from draggan_server.wire.connection import ConnectionFile
        from draggan_server.wire.messages import OpenEdit, SavedState
        from draggan_server.wire.transport import SocketTransport, open_transport
        envelope = Envelope(OpenEdit(SavedState("x" * 40_000)), "me", id=1)
        assert REQUEST_CODEC.decode(REQUEST_CODEC.encode(envelope)) == envelope
        transport = open_transport(ConnectionFile("tcp://127.0.0.1:9", "u", "s", 1, "0"))
        assert type(transport) is SocketTransport
        transport.close()
        """
    )


@pytest.mark.parametrize(
    "module",
    [
        "draggan_server.broker.service",
        "draggan_server.worker.job_loop",
        "draggan_server.worker.__main__",
    ],
)
def test_the_broker_loads_no_torch(module: str) -> None:
    loaded = run(f"import {module}, draggan_server.models.zoo, sys; print(*sys.modules)").split()
    assert module in loaded
    assert not {"torch", "numpy", "PIL"} & set(loaded)


def test_importing_has_no_side_effects(tmp_path: Path) -> None:
    run(
        f"""
        import os, pathlib, threading
        os.environ.update(HOME={str(tmp_path)!r}, XDG_CONFIG_HOME="", XDG_STATE_HOME="")
        import draggan_server.broker.service, draggan_server.wire.client, logging
        assert threading.active_count() == 1
        assert not logging.getLogger().handlers
        assert not list(pathlib.Path({str(tmp_path)!r}).iterdir())
        """
    )
