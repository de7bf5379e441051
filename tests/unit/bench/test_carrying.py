"""What the bench of detail writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from draggan_server.bench.carrying.measure import TRUE, run_carrying
from draggan_server.bench.toy_lion import load_lion


def test_what_is_found_stands_beside_the_true_latent_of_the_same_photos(tmp_path: Path) -> None:
    _, lion = load_lion("toy-lion")
    text = run_carrying(lion, 1, 3, tmp_path, quality="fast")
    assert text == (tmp_path / "carrying.md").read_text()
    head, _, plain, *_ = (
        [cell.strip() for cell in row.split("|")[1:-1]] for row in text.splitlines()
    )
    assert head == ["detail, in the moved part, dB", TRUE, "fast"]
    records = json.loads((tmp_path / "carrying.json").read_text())["records"]
    shown = [f"{records[name][0]['plain']:.1f}" for name in (TRUE, "fast")]
    assert plain == ["not carried", *shown]
    assert records[TRUE][0]["case"] == records["fast"][0]["case"]
    assert records["fast"][0]["plain"] == pytest.approx(records[TRUE][0]["plain"], abs=3)
    alone = run_carrying(lion, 1, 3, tmp_path)
    assert "fast" not in alone
