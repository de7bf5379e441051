"""What `draggan recipe` refuses before it has done anything."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
import torch

from draggan_server.cli.recipe import toy_lion
from draggan_server.wire.errors import BadInput


def test_a_device_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BadInput, match=r"no CUDA device.*leave --device cuda out"):
        toy_lion.main(["--out", str(tmp_path / "new"), "--device", "cuda"], standalone_mode=False)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("bad", [["--effort", "0"], ["--pictures", "10"]])
def test_a_fit_that_could_not_learn(tmp_path: Path, bad: list[str]) -> None:
    with pytest.raises(click.BadParameter, match=r"is not in the range"):
        toy_lion.main(["--out", str(tmp_path / "new"), *bad], standalone_mode=False)
    assert not (tmp_path / "new").exists()
