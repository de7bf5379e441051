"""The encoder: what it learns from, how it is kept, and how its learning goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from draggan_server.cli.models import models
from draggan_server.editing import preparation, preparing
from draggan_server.editing.inversion import disturbance, encoder_training, encoders
from draggan_server.editing.inversion.disturbance import disturbed
from draggan_server.editing.inversion.encoder import Encoder
from draggan_server.editing.inversion.encoder_training import EncoderTraining
from draggan_server.editing.inversion.glance import glance, moved
from draggan_server.editing.inversion.photo import Photo
from draggan_server.editing.inversion.world import World, prepared
from draggan_server.editing.preparation.survey import PART, Survey
from draggan_server.layer import homography, warping
from draggan_server.models import surveys, zoo
from stylegan2 import Geometry
from stylegan2.generator import Generator
from tests.unit.stylegan2.generators import random_generator

pytestmark = pytest.mark.slow

TINY = Geometry(z_dim=3, w_dim=8, mapping_layers=1, img_resolution=(32, 32), channels=(8, 8, 8, 8))


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator:
    monkeypatch.setattr(surveys, "cache_folder", lambda: tmp_path / "surveys")
    monkeypatch.setattr(surveys, "SHIPPED", tmp_path / "shipped")
    generator = random_generator(TINY, 1).float()
    generator.sha256 = zoo.find(zoo.DEFAULT_MODEL).sha256  # of another geometry, for its digest
    return generator


def steps_are(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "STEPS", count)
    monkeypatch.setattr(encoder_training, "STEPS", count)
    monkeypatch.setattr(encoder_training, "KEPT_EVERY", 2)
    monkeypatch.setattr(encoder_training, "FIRST", 16)
    monkeypatch.setattr(encoder_training, "BATCH", 4)


def test_a_disturbed_picture_lies_where_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BACKGROUND", "THING", "STRANGE_BORDER", "UNSEEN", "_OFFSETS", "_NOISE"):
        monkeypatch.setattr(disturbance, name, 0)
    monkeypatch.setattr(disturbance, "_GAINS", (0.0,) * 6)
    size = (32, 32)
    places = homography.apply(homography.unit_frame(size), homography.pixel_grid(size)).float()
    picture = torch.sin(torch.stack([4 * places[..., 0], 5 * places[..., 1], places.prod(-1)]))
    seen, motions, own = disturbed(picture.expand(6, -1, -1, -1), torch.Generator().manual_seed(3))
    assert torch.allclose(own, torch.ones(6, 32, 32)), "nothing else is to be seen"
    for image, motion in zip(seen, motions, strict=True):
        way = moved(torch.eye(3, dtype=torch.float64), motion, size)
        expected = warping.warp(picture[None], torch.linalg.inv(way), size)[0]
        off = (image[:3] - expected)[:, 8:-8, 8:-8].abs()  # it is blurred a little
        assert float(off.mean()) < 0.02
        assert float((image[:3] - picture)[:, 8:-8, 8:-8].abs().mean()) > float(off.mean())


def test_pictures_are_disturbed_alike_for_the_same_seed() -> None:
    pictures = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    one, same, other = (
        disturbed(pictures, torch.Generator().manual_seed(seed))[0] for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_of_a_disturbed_picture_it_is_said_what_is_still_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TURN", "SCALE", "SHIFT", "UNSEEN", "_OFFSETS", "_NOISE"):
        monkeypatch.setattr(disturbance, name, 0)
    monkeypatch.setattr(disturbance, "_GAINS", (0.0,) * 6)
    monkeypatch.setattr(disturbance, "BACKGROUND", 1)
    monkeypatch.setattr(disturbance, "_blurred", lambda image: image)
    pictures = torch.full((16, 3, 32, 32), 0.1)
    seen, _, own = disturbed(pictures, torch.Generator().manual_seed(5))
    same = (seen[:, :3] - pictures).abs().amax(dim=1) < 5e-3
    assert bool(same[own > 0.999].all())
    assert float(same[own < 0.5].float().mean()) < 0.05
    assert 0.1 < float(own.mean()) < 0.9


@pytest.mark.parametrize("turned", [False, True])
def test_the_lions_encoder_sees_what_is_another_background(lion: Generator, turned: bool) -> None:
    """Stripes, which it has not learned from."""
    *_, (_, world) = prepared(lion)
    assert world.encoder is not None
    with torch.no_grad():
        picture = lion.synthesis(lion.draw(1, torch.Generator().manual_seed(12))).clamp(-1, 1)
    region = torch.cat([(picture + 1) / 2, torch.ones(1, 1, 256, 256)], dim=1)
    stripes = ((torch.arange(256) // 16) % 2).float().expand(256, 256)
    strange = torch.stack([stripes, 1 - stripes, stripes])
    region[0, :3, :40], region[0, :3, :, :24] = strange[:, :40], strange[:, :, :24]
    if turned:
        region = region.flip(3)
    photo = Photo(region, 3, (256, 256))
    plain = homography.resized((256, 256), (256, 256))
    own = glance(world, world.encoder, photo, plain).own
    _, counts = own.likely().seen(plain, (256, 256))
    counts = counts.flip(1) if turned else counts
    assert float(counts[:32, :].mean()) < 0.3
    assert float(counts[:, :16].mean()) < 0.3
    assert float(counts[90:200, 90:200].mean()) > 0.9


def test_an_encoder_learns(tiny: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_training, "BATCH", 16)
    monkeypatch.setattr(encoder_training, "WARM_UP", 5)
    monkeypatch.setattr(encoder_training, "FIRST", 128)
    training = EncoderTraining(World(tiny), steps=100, pool=128)
    missed = [training.missed for _ in training]
    assert sum(missed[-10:]) < 0.6 * sum(missed[:10])


def test_learning_goes_on_where_it_stopped(
    tiny: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps_are(6, monkeypatch)
    learning = encoder_training.learn(tiny)
    for _ in range(5):
        next(learning)
    learning.close()  # type: ignore[attr-defined]
    assert World(tiny).encoder is None, "half an encoder is not used"
    shares = [share for share, _ in encoder_training.learn(tiny)]
    assert shares == pytest.approx([5 / 6, 1, 1])  # 4 of 6 were kept
    encoder = World(tiny).encoder
    assert encoder is not None
    assert encoder.steps == 6
    assert [share for share, _ in encoder_training.learn(tiny)] == [1]
    anew = next(encoder_training.learn(tiny, anew=True))
    assert anew[0] == pytest.approx(1 / 6)


def test_with_an_encoder_no_samples_are_rendered(
    tiny: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps_are(2, monkeypatch)
    for _ in encoder_training.learn(tiny):
        pass
    *_, (_, world) = prepared(tiny)
    assert world.samples.numel() == 0


def test_an_encoder_of_another_model_is_refused(tiny: Generator) -> None:
    world = World(tiny)
    stored = Encoder(3, (32, 32), world.directions).stored()
    assert Encoder.of_stored(stored, 3, (32, 32), 8).steps == 0
    for channels, size, w_dim in ((1, (32, 32), 8), (3, (64, 32), 8), (3, (32, 32), 9)):
        with pytest.raises(ValueError, match="this model's"):
            Encoder.of_stored(stored, channels, size, w_dim)


def test_a_model_is_prepared_for_drags_and_for_photos(
    tiny: Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps_are(2, monkeypatch)
    monkeypatch.setattr(preparation, "SAMPLES", 3)
    monkeypatch.setattr(preparing, "load_generator", lambda name: tiny)
    folder = tmp_path / "prepared"
    done = CliRunner().invoke(models, ["prepare", "toy-lion", "--folder", str(folder), "--anew"])
    assert done.exit_code == 0, done.output
    survey, encoder = (
        surveys.load(folder / part.file_name(tiny.sha256)) for part in (PART, encoders.PART)
    )
    assert Survey.of_stored(survey, tiny).count == 3
    assert Encoder.of_stored(encoder, 3, (32, 32), 8).steps == 2
