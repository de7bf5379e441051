"""The study of features: a pair's landmarks are the lions', and a good feature finds them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from draggan_server.bench.quality import features
from draggan_server.bench.quality.features import Pair
from draggan_server.cli.bench import bench
from draggan_server.models.loading import load_generator

pytestmark = pytest.mark.slow


def test_a_pairs_landmarks_move_and_are_in_both_pictures() -> None:
    generator = load_generator("toy-lion")
    pair = features.draw(generator, 0)
    assert len(pair.here) == len(pair.there) >= 8
    assert not torch.equal(pair.first, pair.second)
    assert 1 < float((pair.there - pair.here).norm(dim=1).max()) < 80
    for points in (pair.here, pair.there):
        assert float(points.min()) >= 0
        assert float(points.max()) < 256


def test_what_moves_with_the_landmark_finds_it() -> None:
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    here, there = torch.tensor([[10.0, 12.0]]), torch.tensor([[15.0, 11.0]])
    maps = (torch.stack([x, y]), torch.stack([x - 5, y + 1]))
    pair = Pair(torch.zeros(1), torch.zeros(1), here, there)
    assert float(features.track(pair, maps, 8)) < 1e-3
    # What does not move with it leads astray, as far as it is let.
    assert float(features.track(pair, (maps[0], maps[0]), 8)) == pytest.approx(26**0.5)
    assert float(features.track(pair, (maps[0], maps[0]), 2)) < 3


def test_the_command_compares_all_blocks(tmp_path: Path) -> None:
    arguments = ["features", "--pairs", "2", "--out", str(tmp_path)]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    errors = json.loads((tmp_path / "features.json").read_text())["errors"]
    assert list(errors) == [*(f"b{4 << k}" for k in range(7)), "picture", "no motion"]
    assert errors["b32"]["far_median"] < errors["no motion"]["far_median"]
    assert (tmp_path / "features.md").read_text() == done.stdout


def test_standard_output_is_json_for_scripts(tmp_path: Path) -> None:
    arguments = ["features", "--pairs", "1", "--json", "--out", str(tmp_path)]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert json.loads(done.stdout) == json.loads((tmp_path / "features.json").read_text())


def test_no_pairs_are_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(bench, ["features", "--pairs", "0", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "0 is not in the range x>=1" in done.output
