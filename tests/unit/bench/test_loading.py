"""How long checkpoints take to load: the measurement, on a tiny one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from draggan_server.bench.speed.loading import Loading, Seconds, table
from draggan_server.cli.bench import bench
from draggan_server.models import zoo
from draggan_server.wire.errors import BadInput
from tests.unit.stylegan2.checkpoints.network_snapshot import write_snapshot

pytestmark = pytest.mark.slow


def test_a_checkpoint_is_loaded_twice_and_what_it_took_is_written(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.pkl"
    write_snapshot(path, 16, channels=(4, 4, 3))
    arguments = ["loading", str(path), "--repeats", "1", "--json", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    figures = json.loads(done.stdout)
    assert figures == json.loads((tmp_path / "out" / "loading.json").read_text())
    assert figures["file_mb"] == path.stat().st_size / 1e6
    # The first time a child process converts it.
    assert figures["first"]["wall"] > figures["second"]["wall"] > 0
    assert figures["ratios"]["first"]["wall"] > 1
    assert "loading it the first time" in (tmp_path / "out" / "loading.md").read_text()


def test_the_table_says_ratios() -> None:
    found = Loading(360.0, Seconds(0.5, 0.4), Seconds(1.0, 1.2), Seconds(0.25, 0.2), 720.0)
    text = table(found)
    assert "| loading it the first time | 1.00 | 1.20 | 2.00x | 3.00x |" in text
    assert text.endswith("The file has 360 MB, and converting it takes 720 MB at most: 2.00x.")


def test_what_is_no_foreign_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nonsense.pkl").write_bytes(b"nonsense")
    for path in (zoo.find(zoo.DEFAULT_MODEL).path, tmp_path / "nonsense.pkl"):
        with pytest.raises(BadInput):
            CliRunner().invoke(
                bench,
                ["loading", str(path), "--out", str(tmp_path / "out")],
                catch_exceptions=False,
            )
