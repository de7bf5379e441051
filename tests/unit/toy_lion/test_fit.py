"""The fit: what grows, what is resumed, what is scored, what is written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

import stylegan2
from draggan_server.models import zoo
from draggan_server.models.loading import load_generator
from stylegan2 import ops
from stylegan2.toy_lion import sharpening
from stylegan2.toy_lion.character import ToyLion
from stylegan2.toy_lion.examples import Examples
from stylegan2.toy_lion.export import export
from stylegan2.toy_lion.fast import Fast
from stylegan2.toy_lion.fit import (
    FitConfig,
    Stage,
    StageFit,
    Step,
    read_checkpoint,
    save_checkpoint,
)
from stylegan2.toy_lion.held_out import HeldOut, Score
from stylegan2.toy_lion.loss import care_map, picture_loss
from stylegan2.toy_lion.muon import Muon, orthogonal
from stylegan2.toy_lion.pictures import (
    CHUNK,
    Pictures,
    draw_latents,
    make_pictures,
    render_smooth,
)
from stylegan2.toy_lion.recipe import Recipe
from stylegan2.toy_lion.sharpening import Sharpening
from stylegan2.toy_lion.trainable import geometry_for, grow, new_generator
from tests.unit.toy_lion.spot import documented_spot

pytestmark = pytest.mark.slow

LION = ToyLion()
SPOT = documented_spot()
SIZE = 16


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    z = draw_latents(SPOT, 24, (3,))
    return Pictures(z, render_smooth(SPOT, SPOT.from_latent(z), SIZE))


DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def _stage(pictures: Pictures, steps: int = 40, device: str = "cpu") -> StageFit:
    config = FitConfig(warm_up=1, device=device)
    return StageFit(SPOT, config, Stage(SIZE, steps, batch=4), pictures, None)


def test_pictures_come_back_from_disk(tmp_path: Path) -> None:
    heard: list[int] = []
    first = make_pictures(tmp_path, SPOT, SIZE, 10, seed=4, on_chunk=heard.append)
    (file,) = tmp_path.iterdir()
    written = file.stat().st_mtime_ns
    again = make_pictures(tmp_path, SPOT, SIZE, 10, seed=4)
    assert heard == [CHUNK]
    assert file.stat().st_mtime_ns == written
    np.testing.assert_array_equal(first.pixels, again.pixels)
    np.testing.assert_array_equal(
        first.pixels[:2], render_smooth(SPOT, SPOT.from_latent(first.z[:2]), SIZE)
    )


def test_small_pictures_are_large_ones_averaged() -> None:
    rows = LION.from_latent(draw_latents(LION, 1, (8,)))
    large = LION.render(rows, 128)[0].reshape(SIZE, 8, SIZE, 8, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(render_smooth(LION, rows, SIZE)[0], large, atol=0.51)


def test_half_of_the_examples_are_mirror_images(pictures: Pictures) -> None:
    batch = Examples(SPOT, pictures).draw(40, torch.Generator().manual_seed(0))
    truth = render_smooth(SPOT, SPOT.from_latent(batch.z.numpy()), SIZE)
    off = batch.pictures - (torch.from_numpy(truth).permute(0, 3, 1, 2) / 127.5 - 1)
    assert float(off.abs().mean()) < 0.01
    known = {z.tobytes() for z in pictures.z}
    drawn = [z.tobytes() in known for z in batch.z.numpy()]
    assert 8 < sum(drawn) < 32


def test_a_new_generator_is_well_scaled() -> None:
    generator = new_generator(geometry_for(18, SIZE), seed=0)
    z = torch.from_numpy(draw_latents(LION, 16, (1,)))
    with torch.no_grad():
        features = generator.features(generator.mapping(z), SIZE)
    assert 0.3 < float(features.std()) < 3


def test_a_grown_generator_makes_the_same_pictures_enlarged() -> None:
    small = new_generator(geometry_for(18, 8), seed=0)
    large = grow(small, 16, seed=1)
    z = torch.from_numpy(draw_latents(LION, 2, (1,)))
    with torch.no_grad():
        expected = ops.upsample(small.synthesis(small.mapping(z)))
        torch.testing.assert_close(large.synthesis(large.mapping(z)), expected)


def test_the_loss_cares_for_what_is_near_a_visible_landmark() -> None:
    points = torch.tensor([[[4.0, 4.0], [12.0, 12.0]]])
    care = care_map(points, torch.tensor([[True, False]]), torch.tensor([4.0, 4.0]), 16)
    assert float(care[0, 0, 4, 4]) == pytest.approx(5)
    assert float(care[0, 0, 12, 12]) == pytest.approx(1, abs=1e-3)
    wanted = torch.zeros(1, 3, 16, 16)
    near, far = wanted.clone(), wanted.clone()
    near[0, :, 4, 4] = far[0, :, 12, 12] = 1
    assert float(picture_loss(wanted, wanted, care)) == 0
    assert picture_loss(near, wanted, care) > 2 * picture_loss(far, wanted, care)


def test_without_landmarks_all_places_count_the_same() -> None:
    care = care_map(torch.zeros(3, 0, 2), torch.zeros(3, 0, dtype=torch.bool), torch.zeros(0), 8)
    torch.testing.assert_close(care, torch.ones(3, 1, 8, 8))


@pytest.mark.parametrize("device", DEVICES)
def test_a_fit_learns(pictures: Pictures, device: str) -> None:
    fit = _stage(pictures, device=device)
    first = fit.run(1).loss
    assert fit.run(20).loss < 0.8 * first


def test_a_resumed_fit_goes_on_exactly(pictures: Pictures, tmp_path: Path) -> None:
    through = _stage(pictures)
    through.run(2)
    save_checkpoint(tmp_path / "checkpoint.pt", 0, through)
    through.run(3)

    resumed = _stage(pictures)
    resumed.restore(read_checkpoint(tmp_path / "checkpoint.pt"))
    assert resumed.step == 2
    resumed.run(3)
    for one, other in zip(
        [*through.generator.parameters(), *through.average.parameters()],
        [*resumed.generator.parameters(), *resumed.average.parameters()],
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_a_resumed_sharpening_goes_on_exactly(pictures: Pictures, tmp_path: Path) -> None:
    def begin(seed: int) -> Sharpening:
        start = new_generator(geometry_for(len(SPOT.parameters), SIZE), seed)
        return Sharpening(SPOT, FitConfig(), Stage(SIZE, 20, True, 4), pictures, start)

    through, resumed = begin(1), begin(2)  # of the start, too, the checkpoint brings the weights
    through.run(2)
    save_checkpoint(tmp_path / "checkpoint.pt", 3, through)
    through.run(2)
    state = read_checkpoint(tmp_path / "checkpoint.pt")
    assert state["stage"] == 3
    resumed.restore(state)
    resumed.run(2)
    for one, other in zip(
        [*through.generator.parameters(), *through.result().parameters()],
        [*resumed.generator.parameters(), *resumed.result().parameters()],
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    for one, other in zip(
        through.discriminator.parameters(), resumed.discriminator.parameters(), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_a_sharpening_keeps_what_is_halfway(pictures: Pictures) -> None:
    start = _stage(pictures).average
    fit = Sharpening(SPOT, FitConfig(), Stage(SIZE, 20, True, 4), pictures, start)
    fit.run(3)
    for before, made, after in zip(
        start.parameters(), fit.result().parameters(), fit.average.parameters(), strict=True
    ):
        torch.testing.assert_close(made, (before + after) / 2)


def test_a_discriminator_learns_to_tell_what_is_made(pictures: Pictures) -> None:
    fit = Sharpening(
        SPOT, FitConfig(), Stage(SIZE, 20, True, 8), pictures, _stage(pictures).average
    )
    fit.run(12)
    some = Examples(SPOT, pictures).draw(16, torch.Generator().manual_seed(9))
    with torch.no_grad():
        made = fit.average.synthesis(fit.average.mapping(some.z))
        real, fake = fit.discriminator(some.pictures), fit.discriminator(made)
    assert float(real.mean()) > float(fake.mean()) + 0.5


def test_pictures_become_what_a_discriminator_sees_in_renderings(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its features alone draw the generator on: nothing else is compared, said or learned here."""
    start = _stage(pictures).average
    for name, value in (("_JUDGED", 0.0), ("_WARM_UP", 1), ("RATES", 1.0)):
        monkeypatch.setattr(sharpening, name, value)
    monkeypatch.setattr(StageFit, "_loss", lambda fit, made, wanted: 0 * made.mean())
    monkeypatch.setattr(Sharpening, "_teach", lambda *_: None)
    fit = Sharpening(SPOT, FitConfig(warm_up=1), Stage(SIZE, 30, True, 4), pictures, start)
    some = Examples(SPOT, pictures).draw(16, torch.Generator().manual_seed(9))

    @torch.no_grad()
    def unlike() -> float:
        made = fit.generator.synthesis(fit.generator.mapping(some.z))
        ours, theirs = (fit.discriminator.features(x) for x in (made, some.pictures))
        return sum(float((a - b).abs().mean()) for a, b in zip(ours, theirs, strict=True))

    before = unlike()
    fit.run(20)
    assert unlike() < 0.7 * before


def test_a_stage_ends_after_its_steps(pictures: Pictures) -> None:
    fit = _stage(pictures, steps=2)
    assert fit.run(100).step == 2
    assert fit.done


def test_a_step_of_muon_counts_all_directions_alike() -> None:
    random = torch.Generator().manual_seed(1)
    shapes = [(20, 50), (50, 20), (7, 9), (20, 20)]
    matrices = [torch.randn(shape, generator=random) for shape in shapes]
    for matrix in matrices:
        matrix[:4] *= 10
    for matrix, made in zip(matrices, orthogonal(matrices), strict=True):
        u, _, v = torch.linalg.svd(matrix, full_matrices=False)
        values = (u.T @ made @ v.T).diagonal()
        assert float(values.median()) > 0.6
        assert float(values.max()) < 1.4
        torch.testing.assert_close(u.T @ made @ v.T, values.diag(), atol=1e-3, rtol=0)


def test_muon_moves_a_weight_by_its_rate() -> None:
    weight = torch.nn.Parameter(torch.zeros(24, 16, 3, 3))
    weight.grad = torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    Muon([{"params": [weight], "lr": 0.01}]).step()
    moved = weight.detach().square().mean().sqrt()
    assert float(moved) == pytest.approx(0.01, rel=0.3)
    assert float((weight.detach() * weight.grad).sum()) < 0


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # PyTorch's own
def test_a_fast_network_is_the_same_but_for_rounding() -> None:
    generator = new_generator(geometry_for(18, SIZE), seed=0)
    w_plus = generator.mapping(torch.from_numpy(draw_latents(LION, 4, (1,)))).detach()
    weight = next(generator.synthesis_network.blocks()).conv1.weight
    pictures, slopes = [], []
    for function in (generator.synthesis, Fast(generator, generator.synthesis).run):
        # Whether the compiler keeps its promise is its makers' to test; it may be missing here.
        with torch.compiler.set_stance("force_eager"):
            picture = function(w_plus)
        torch.autograd.backward(picture.square().mean())
        assert weight.grad is not None
        pictures.append(picture.detach())
        slopes.append(weight.grad)
        weight.grad = None
    for exact, fast in (pictures, slopes):
        assert fast.dtype == torch.float32
        off = float((fast - exact).norm() / exact.norm())
        assert 1e-5 < off < 0.1


@pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="no C++ compiler")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # PyTorch's own
def test_a_compiled_network_has_the_gradients_of_the_exact_one() -> None:
    generator = new_generator(geometry_for(18, 8), seed=0)
    z = torch.from_numpy(draw_latents(LION, 16, (1,)))
    slopes = []
    for function in (generator.synthesis, Fast(generator, generator.synthesis).run):
        generator.zero_grad()
        torch.autograd.backward(function(generator.mapping(z)).square().mean())
        slopes.append([w.grad for w in generator.parameters() if w.grad is not None])
    for exact, fast in zip(*slopes, strict=True):
        assert float((fast - exact).norm()) <= 0.1 * float(exact.norm())


class _Painter:
    """Stands for a generator: paints what `paint` says for z, with a little noise."""

    def __init__(self, paint: object) -> None:
        self._paint = paint

    def mapping(self, z: torch.Tensor) -> torch.Tensor:
        return z

    def synthesis(self, z: torch.Tensor) -> torch.Tensor:
        pixels = self._paint(z.numpy())  # type: ignore[operator]
        noise = torch.randn(pixels.shape, generator=torch.Generator().manual_seed(0))
        return (torch.from_numpy(pixels) / 127.5 - 1 + 0.01 * noise).permute(0, 3, 1, 2)


def test_held_out_pictures_tell_what_was_learned() -> None:
    held_out = HeldOut(LION, SIZE, 6, 6)

    def perfect(z: np.ndarray) -> np.ndarray:
        return render_smooth(LION, LION.from_latent(z), SIZE).astype(np.float32)

    def blind_to_ears(z: np.ndarray) -> np.ndarray:
        rows = LION.from_latent(z)
        for name in ("ear_l", "ear_r", "ear_len"):
            k = [parameter.name for parameter in LION.parameters].index(name)
            rows[:, k] = (LION.parameters[k].low + LION.parameters[k].high) / 2
        return render_smooth(LION, rows, SIZE).astype(np.float32)

    good = held_out.score(_Painter(perfect))  # type: ignore[arg-type]
    assert good.psnr > 40
    assert all(group.learned > 0.9 for group in good.groups.values())
    blind = held_out.score(_Painter(blind_to_ears))  # type: ignore[arg-type]
    assert blind.groups["ears"].learned < 0.1
    assert blind.groups["mouth"].learned > 0.8


def test_an_exported_generator_loads_as_a_model(tmp_path: Path) -> None:
    generator = new_generator(geometry_for(18, SIZE), seed=0)
    path = tmp_path / "mine.safetensors"
    export(generator, {"name": "mine", "licence": "CC0-1.0"}, path)
    loaded = stylegan2.load_generator(path)
    assert loaded.card["licence"] == "CC0-1.0"
    assert loaded.img_resolution == (SIZE, SIZE)
    z = torch.from_numpy(draw_latents(LION, 64, (1,)))
    with torch.no_grad():
        expected = generator.synthesis(generator.mapping(z))
        got = loaded.synthesis(loaded.mapping(z))
        spread = generator.mapping(z)[:, 0].std(dim=0).norm()
        off = (loaded.w_avg - generator.mapping(z)[:, 0].mean(dim=0)).norm()
    assert float((got - expected).abs().max()) < 0.02 * float(expected.abs().max())
    assert off < 0.5 * spread


class _Watcher:
    """Stops the fit after some tellings."""

    def __init__(self, tellings: float) -> None:
        self._left = tellings
        self.steps: list[Step] = []
        self.scores: list[Score] = []

    def rendering(self, resolution: int, done: int, total: int) -> None:
        pass

    def stepped(self, step: Step) -> None:
        self.steps.append(step)
        self._left -= 1

    def scored(self, stage: Stage, score: Score) -> None:
        self.scores.append(score)

    def wants_stop(self) -> bool:
        return self._left <= 0


def test_a_recipe_stops_resumes_and_ends_in_a_model(tmp_path: Path) -> None:
    config = FitConfig((Stage(8, 40, batch=2), Stage(16, 2, batch=2), Stage(16, 3, True, 2)))

    def recipe(watcher: _Watcher) -> Recipe:
        return Recipe(SPOT, tmp_path, config, watcher, pictures=CHUNK, unseen=2)

    assert recipe(_Watcher(1)).run() is None
    assert (tmp_path / "sheet-8.png").exists()
    stood = read_checkpoint(tmp_path / "checkpoint.pt")["step"]
    watcher = _Watcher(float("inf"))
    model = recipe(watcher).run()
    assert model is not None
    assert watcher.steps[0].stage.resolution == 8
    assert watcher.steps[0].step > stood
    assert watcher.steps[-1].stage.sharpening
    lines = (tmp_path / "scores.jsonl").read_text().splitlines()
    assert set(json.loads(lines[-1])["groups"]) == set(watcher.scores[-1].groups)
    assert zoo.find(model).card["unseen"] == 2
    discriminator = stylegan2.load_discriminator(str(model))
    assert discriminator(torch.zeros(1, 3, 16, 16)).shape == (1, 1)


def test_a_recipe_starts_from_a_generator_at_its_resolution(tmp_path: Path) -> None:
    known = new_generator(geometry_for(len(SPOT.parameters), 16), seed=3)
    config = FitConfig((Stage(8, 2, batch=2), Stage(16, 1, batch=2)), matrix_rate=0, style_rate=0)
    watcher = _Watcher(float("inf"))
    model = Recipe(SPOT, tmp_path, config, watcher, pictures=CHUNK, unseen=2, start=known).run()
    assert model is not None
    assert {step.stage.resolution for step in watcher.steps} == {16}
    made = stylegan2.load_generator(model).synthesis_network.b16.conv1.weight
    torch.testing.assert_close(made, known.synthesis_network.b16.conv1.weight, rtol=1e-3, atol=1e-3)
    small = FitConfig((Stage(8, 2),))
    with pytest.raises(ValueError, match="ends at 8 pixels"):
        Recipe(SPOT, tmp_path, small, watcher, pictures=CHUNK, start=known)
    with pytest.raises(ValueError, match="z has 3 coordinates"):
        Recipe(LION, tmp_path, config, watcher, pictures=CHUNK, start=known)


def test_a_fit_can_start_from_the_model_that_comes_along(tmp_path: Path) -> None:
    known = load_generator("toy-lion")
    config = FitConfig((Stage(256, 1, batch=1),))
    Recipe(LION, tmp_path, config, _Watcher(1), pictures=CHUNK, start=known)
    z = torch.from_numpy(draw_latents(LION, 1, (1,)))
    with torch.no_grad():
        same = grow(known, 256, seed=1)
        torch.testing.assert_close(
            same.synthesis(same.mapping(z)), known.synthesis(known.mapping(z))
        )


def test_a_mapping_network_begins_with_waves_of_each_coordinate() -> None:
    generator = new_generator(geometry_for(18, SIZE), seed=0)
    first, second = (generator.mapping_network.get_submodule(f"fc{i}") for i in range(2))
    z = torch.linspace(-2, 2, 41)
    others = torch.zeros(41, 17)
    inputs = torch.cat([z[:, None], others], dim=1)
    with torch.no_grad():
        seen = second(first(inputs)) / ops.GAIN
        seen = torch.where(seen < 0, seen / ops.SLOPE, seen)  # before the activation
    share = torch.special.ndtr(z) - 0.5
    waves = [torch.ones(41), share]
    waves += [wave(k * torch.pi * share) for k in (1, 2) for wave in (torch.sin, torch.cos)]
    basis = torch.stack(waves, dim=1)
    explained = basis @ torch.linalg.lstsq(basis, seen).solution
    assert float((seen - explained).std()) < 0.05 * float(seen.std(dim=0).mean())
    assert 0.02 < float(seen.std(dim=0).mean()) < 1
