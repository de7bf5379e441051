"""What is learned of a model: against its definition, and how it is kept and resumed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from draggan_server.editing import preparation
from draggan_server.editing.preparation import FIRST, SAMPLES
from draggan_server.editing.preparation.survey import LOOKED_AT, PART, Survey
from draggan_server.models import surveys, zoo
from stylegan2 import Geometry
from stylegan2.generator import Generator
from tests.unit.stylegan2.generators import random_generator

pytestmark = pytest.mark.slow

TINY = Geometry(z_dim=3, w_dim=4, mapping_layers=1, img_resolution=(16, 16), channels=(3, 3, 2))
BLOCK = 8  # of TINY, that drags use unless told otherwise


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator:
    monkeypatch.setattr(surveys, "cache_folder", lambda: tmp_path / "surveys")
    return of_a_file()


def of_a_file(geometry: Geometry = TINY) -> Generator:
    generator = random_generator(geometry, 1)
    generator.sha256 = zoo.find(zoo.DEFAULT_MODEL).sha256  # of another geometry, which is noticed
    return generator


def learn_all(generator: Generator) -> None:
    while preparation.learn(generator) < 1:
        pass


def path_of(generator: Generator) -> Path:
    return surveys.cache_folder() / PART.file_name(generator.sha256)


def test_the_metric_is_the_mean_change_of_pictures(tiny: Generator) -> None:
    learn_all(tiny)
    factor = preparation.picture_metric(tiny)
    random = torch.Generator().manual_seed(9)
    move = torch.randn(1, tiny.num_ws, tiny.w_dim, generator=random, dtype=torch.float64)
    w_plus = tiny.draw(200, random)
    small = 1e-5
    change = (tiny.synthesis(w_plus + small * move) - tiny.synthesis(w_plus)) / small
    mean = change.square().sum(dim=1).mean()
    estimate = torch.einsum("krw,nrw->k", factor.double(), move).square().sum()
    assert 0.7 < float(estimate / mean) < 1.4  # 256 squares of normal numbers: 9% off


def test_the_statistics_are_those_of_the_features(tiny: Generator) -> None:
    learn_all(tiny)
    statistics = preparation.feature_statistics(tiny, BLOCK)
    features = tiny.features(tiny.draw(4000, torch.Generator().manual_seed(9)), BLOCK)
    mean, spread = features.mean(dim=0), features.std(dim=0)
    error = (statistics.mean[0].permute(2, 0, 1) - mean) / spread
    assert float(error.square().mean().sqrt()) < 0.15  # of 256 samples: 0.06
    variance = features.var(dim=0).mean(dim=(1, 2))
    expected = (variance + 0.05 * variance.mean()).rsqrt()
    torch.testing.assert_close(statistics.scale, expected, rtol=0.15, atol=0)


def test_any_other_block_can_be_asked_for(tiny: Generator) -> None:
    own = random_generator(TINY, 1)
    asked = preparation.feature_statistics(tiny, 16)
    assert asked.mean.shape == (1, 16, 16, 2)
    learn_all(own)
    whole = preparation.feature_statistics(own, 16)
    assert 0 < float((whole.mean - asked.mean).norm() / whole.mean.norm()) < 0.5


def test_a_first_drag_waits_for_some_samples_only(tiny: Generator) -> None:
    fractions = list(preparation.prepare(tiny))
    assert fractions == [n / FIRST for n in range(1, FIRST + 1)]
    assert list(preparation.prepare(tiny)) == []
    assert len(preparation.picture_metric(tiny)) == FIRST
    assert not preparation.is_whole(tiny)


def test_what_was_learned_is_gone_on_with_and_ends_alike(tiny: Generator) -> None:
    for _ in preparation.prepare(tiny):
        pass
    again = of_a_file()
    assert list(preparation.prepare(again)) == []
    assert preparation.survey_of(again).count == FIRST
    learn_all(again)
    learn_all(tiny)
    once, twice = (preparation.picture_metric(g).double() for g in (tiny, again))
    torch.testing.assert_close(twice, once, rtol=1e-2, atol=float(once.abs().max()) / 1e3)
    first, second = (preparation.feature_statistics(g, BLOCK) for g in (tiny, again))
    torch.testing.assert_close(second.mean, first.mean, rtol=1e-2, atol=1e-3)
    torch.testing.assert_close(second.scale, first.scale, rtol=1e-2, atol=0)
    third = of_a_file()
    assert preparation.is_whole(third)


@pytest.mark.parametrize("damage", [b"", None])
def test_what_cannot_be_read_is_learned_again(tiny: Generator, damage: bytes | None) -> None:
    list(preparation.prepare(tiny))
    path = path_of(tiny)
    path.write_bytes(path.read_bytes()[:100] if damage is None else damage)
    assert len(list(preparation.prepare(of_a_file()))) == FIRST


def test_what_is_of_another_shape_is_learned_again(tiny: Generator) -> None:
    list(preparation.prepare(tiny))
    wider = of_a_file(dataclasses.replace(TINY, w_dim=5))
    assert len(list(preparation.prepare(wider))) == FIRST
    deeper = of_a_file(dataclasses.replace(TINY, channels=(3, 4, 2)))
    surveys.save(preparation.survey_of(tiny).stored(), path_of(tiny))
    assert len(list(preparation.prepare(deeper))) == FIRST


def test_a_folder_that_cannot_be_written_to_costs_only_time(
    tiny: Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(surveys, "cache_folder", lambda: tmp_path / "file")
    assert preparation.picture_metric(tiny).isfinite().all()


def test_a_sample_ends_at_a_coarse_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    geometry = dataclasses.replace(TINY, img_resolution=(256, 256), channels=(3, 3, 3, 2, 2, 2, 2))
    generator = random_generator(geometry, 1)
    made: list[int] = []
    outputs = Generator.outputs

    def noted(*args: object, **options: object):  # type: ignore[no-untyped-def]
        for output in outputs(*args, **options):  # type: ignore[arg-type]
            made.append(output.index)
            yield output

    monkeypatch.setattr(Generator, "outputs", noted)
    survey = Survey.of_nothing(generator)
    survey.take(generator)
    assert max(made) == geometry.block_index(128)  # that features are looked at in
    learned = dict(survey.sums)
    survey.metric.probes = survey.metric.probes.expand(LOOKED_AT, -1, -1)
    made.clear()
    survey.take(generator)
    assert max(made) == geometry.block_index(64)
    assert [sums.count for sums in learned.values()] == [2, 2, 1]


@pytest.mark.parametrize("architecture", ["resnet", "orig"])
def test_models_without_coarse_pictures_are_learned_from_whole_ones(architecture: str) -> None:
    generator = random_generator(dataclasses.replace(TINY, architecture=architecture), 1)
    factor = preparation.picture_metric(generator)
    assert factor.shape == (FIRST, generator.num_ws, generator.w_dim)
    assert bool((factor.abs().sum(dim=(0, 2)) > 0).all())  # each row counts


def test_the_default_model_comes_prepared(lion: Generator) -> None:
    shipped = surveys.SHIPPED / PART.file_name(lion.sha256)
    assert shipped.is_file(), "make it: draggan models prepare toy-lion --folder …/surveys"
    assert Survey.of_stored(surveys.load(shipped), lion).count == SAMPLES
