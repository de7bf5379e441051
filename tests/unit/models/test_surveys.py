"""What was learned of models is kept by parts, each with a version of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from draggan_server.editing.inversion import encoders
from draggan_server.editing.preparation.survey import PART as DRAGS
from draggan_server.models import surveys
from draggan_server.models.surveys import Part, Stored

SHA256 = "ab" * 32
_SHIPPED = surveys.SHIPPED
PHOTOS = encoders.PART


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveys, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(surveys, "SHIPPED", tmp_path / "shipped")


def stored(value: float) -> Stored:
    return Stored({"value": torch.tensor([value])}, {})


def value_of(part: Part) -> float | None:
    return surveys.find(SHA256, part, lambda kept: float(kept.tensors["value"]))


@pytest.mark.parametrize(("part", "most"), [(PHOTOS, 4), (DRAGS, 5)])
def test_what_comes_along_of_the_default_model_is_small(part: Part, most: int) -> None:
    (file,) = _SHIPPED.glob(part.file_name("*"))
    assert file.stat().st_size <= most << 20


@pytest.mark.parametrize(("raised", "other"), [(DRAGS, PHOTOS), (PHOTOS, DRAGS)])
def test_a_part_that_becomes_another_orphans_no_other(raised: Part, other: Part) -> None:
    surveys.keep(SHA256, raised, stored(1))
    surveys.keep(SHA256, other, stored(2))
    newer = raised._replace(version=raised.version + 1)
    assert value_of(newer) is None
    assert value_of(other) == 2
    surveys.keep(SHA256, newer, stored(3))
    assert (value_of(newer), value_of(raised), value_of(other)) == (3, 1, 2)


def test_versions_of_two_parts_are_not_one_number() -> None:
    names = {
        part._replace(version=version).file_name(SHA256)
        for part in (DRAGS, PHOTOS)
        for version in range(20)
    }
    assert len(names) == 40
