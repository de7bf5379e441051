"""Which room of the house may know of which: imports go downwards only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MAY_IMPORT = {
    "stylegan2": ("stylegan2",),
    "draggan_server/layer": ("draggan_server.layer", "draggan_server.wire"),
    "draggan_server/models": ("draggan_server.models", "draggan_server.wire", "stylegan2"),
    "draggan_server/editing": (
        "draggan_server.editing",
        "draggan_server.layer",
        "draggan_server.models",
        "draggan_server.wire",
        "stylegan2",
    ),
    "draggan_server/diffusion": (
        "draggan_server.diffusion",
        "draggan_server.editing",
        "draggan_server.layer",
        "draggan_server.models",
        "draggan_server.wire",
        "stylegan2",
    ),
    "draggan_server/broker": (
        "draggan_server.__version__",
        "draggan_server.broker",
        "draggan_server.log_file",
        "draggan_server.models",
        "draggan_server.wire",
        "draggan_server.worker.channel",
        "draggan_server.worker.errand_lines",
        "draggan_server.worker.messages",
        "draggan_server.worker.ray_orders",
    ),
    "draggan_server/worker": (
        "draggan_server.__version__",
        "draggan_server.diffusion",
        "draggan_server.editing",
        "draggan_server.layer",
        "draggan_server.log_file",
        "draggan_server.models",
        "draggan_server.torch_settings",
        "draggan_server.wire",
        "draggan_server.worker",
        "stylegan2",
    ),
}
"""The packages of this project that a room may import, and no others."""


def imported(path: Path) -> Iterator[str]:
    """Every module of this project that a file imports, at its top or anywhere else."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.startswith(("draggan_server", "stylegan2")))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_it_may_know(room: str) -> None:
    paths = sorted((ROOT / room).rglob("*.py"))
    assert paths
    for path in paths:
        for name in imported(path):
            allowed = any(f"{name}.".startswith(f"{there}.") for there in MAY_IMPORT[room])
            assert allowed, f"{path.relative_to(ROOT)} imports {name}"


def test_the_networks_name_no_command_of_the_program() -> None:
    for path in sorted((ROOT / "stylegan2").rglob("*.py")):
        assert "draggan " not in path.read_text(encoding="utf-8"), path.relative_to(ROOT)
