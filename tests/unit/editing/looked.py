"""How often a drag looks at a latent."""

from __future__ import annotations

import pytest
import torch

from draggan_server.bench.quality.trial import Case, Trial, run
from draggan_server.bench.quality.variant import Variant
from draggan_server.editing.features.pyramid import PyramidView
from draggan_server.editing.methods.newton.looks import Looks
from draggan_server.editing.trackers import Found
from draggan_server.wire.drag_config import drag_config
from stylegan2.generator import Generator


def looked(generator: Generator, case: Case, monkeypatch: pytest.MonkeyPatch) -> tuple[Trial, int]:
    """What becomes of a drag, and the looks for its handles on the way."""
    count = 0
    find = Looks.find

    def counted(
        self: Looks, rows: torch.Tensor, expected: torch.Tensor
    ) -> tuple[PyramidView, Found]:
        nonlocal count
        count += 1
        return find(self, rows, expected)

    with monkeypatch.context() as patch:
        patch.setattr(Looks, "find", counted)
        trial = run(generator, case, Variant("newton", drag_config()))
    return trial, count
