"""What the wire and the broker may import, so that they run in a host, and at once."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import draggan_server.wire

WIRE = Path(draggan_server.wire.__file__).parent
ALLOWED = {"draggan_server", "msgpack", *sys.stdlib_module_names}
ONLY_WHERE_THERE = {"zmq": {"transport.py"}, "platformdirs": {"install.py"}}


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", sorted(WIRE.glob("*.py")), ids=lambda path: path.name)
def test_the_wire_imports_only_its_whitelist(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "the wire is copied into hosts: absolute imports only"
            names = [str(node.module)]
        for name in names:
            package = name.partition(".")[0]
            if path.name in ONLY_WHERE_THERE.get(package, ()):
                assert node not in tree.body, f"{name} must be imported where it is used"
                continue
            assert package in ALLOWED, f"{path.name} imports {name}"
            inside = ("draggan_server", "draggan_server.wire")
            if package == "draggan_server":
                assert name in inside or name.startswith("draggan_server.wire."), name


def test_the_wire_works_without_what_hosts_lack() -> None:
    """Every module imports, and messages travel, with the forbidden packages blocked."""
    run(
        """
        import pkgutil, sys
        for name in ("torch", "numpy", "PIL", "zmq", "platformdirs", "filelock", "click", "rich"):
            sys.modules[name] = None
        import draggan_server.wire
        for module in pkgutil.iter_modules(draggan_server.wire.__path__):
            __import__(f"draggan_server.wire.{module.name}")
        from draggan_server.wire.codec import REQUEST_CODEC, Envelope
        from draggan_server.wire.connection import ConnectionFile
        from draggan_server.wire.messages import OpenEdit
        from draggan_server.wire.transport import SocketTransport, open_transport
        envelope = Envelope(OpenEdit(saved_state="x" * 40_000), "me", id=1)
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
    loaded = run(f"import {module}, stylegan2.zoo, sys; print(*sys.modules)").split()
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
