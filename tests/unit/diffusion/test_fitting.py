"""A diffusion model fitted from nothing: it learns, it goes on where it stood, it can be used."""

from __future__ import annotations

import itertools
import json
import signal
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from draggan_server.cli.recipe import recipe
from draggan_server.cli.recipe_diffusion import NAME
from draggan_server.diffusion import fitting
from draggan_server.diffusion.fitting import Fit, FitConfig
from draggan_server.diffusion.loading import load_diffusion
from draggan_server.models import zoo
from draggan_server.wire.errors import BadInput
from stylegan2.toy_lion import pictures

SIDE = 32
TINY = FitConfig(steps=12, channels=(8, 16, 32), batch=2, warm_up=2, average_steps=4)


def bars(count: int) -> torch.Tensor:
    """[count, SIDE, SIDE, 3]: dark pictures with one light row each."""
    made = torch.full((count, SIDE, SIDE, 3), 40, dtype=torch.uint8)
    for number in range(count):
        made[number, number % SIDE] = 220
    return made


def test_a_fit_sees_ever_more_of_what_is_noise() -> None:
    fit = Fit(bars(16), TINY)
    unseen = bars(24)[16:]
    before = fit.held_out(unseen)
    while not fit.done:
        fit.advance()
    assert fit.held_out(unseen) < 0.8 * before
    made = fitting.samples(fit.average, 2, seed=0)
    assert made.shape == (2, SIDE, SIDE, 3)
    assert made.dtype == torch.uint8


def test_a_fit_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    whole, first = Fit(bars(4), TINY), Fit(bars(4), TINY)
    for _ in range(4):
        whole.advance()
    for _ in range(2):
        first.advance()
    fitting.save_checkpoint(tmp_path / "kept.pt", first)
    second = Fit(bars(4), TINY)
    second.restore(fitting.read_checkpoint(tmp_path / "kept.pt"))
    assert second.step == 2
    for _ in range(2):
        second.advance()
    pairs = zip(whole.average.parameters(), second.average.parameters(), strict=True)
    for one, other in pairs:
        torch.testing.assert_close(one, other)


def test_what_it_learns_to_give_is_what_the_denoiser_takes_it_for(tmp_path: Path) -> None:
    """A network that gives exactly what the fit asks for: the denoiser sees the noise in it."""
    fit = Fit(bars(4), TINY)
    fitting.export(fit, {"subject": "bars", "licence": "CC0-1.0"}, tmp_path)
    model = load_diffusion(tmp_path)
    clean = fitting.as_network_takes(bars(1))
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    timestep = 400
    share = model.denoiser.alphas_cumprod[timestep]
    wanted = share.sqrt() * noise - (1 - share).sqrt() * clean
    model.denoiser.unet.forward = lambda *_, **__: (wanted,)  # type: ignore[method-assign]
    noisy = share.sqrt() * clean + (1 - share).sqrt() * noise
    torch.testing.assert_close(model.denoiser.noise(noisy, timestep), noise, rtol=1e-3, atol=1e-3)


def test_the_recipe_fits_stops_resumes_and_writes_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "CHUNK", 4)
    arguments = [NAME, "--out", str(tmp_path), "--steps", "3", "--pictures", "4"]
    arguments += ["--resolution", "32"]
    advance, steps = Fit.advance, itertools.count(1)

    def pressed(fit: Fit) -> float:
        if next(steps) == 2:
            signal.raise_signal(signal.SIGINT)
        return advance(fit)

    with monkeypatch.context() as patch:
        patch.setattr(Fit, "advance", pressed)
        stopped = CliRunner().invoke(recipe, arguments, catch_exceptions=False)
    assert (
        stopped.stdout == f"Stopped. Go on with: draggan recipe {NAME} --out {tmp_path} --resume\n"
    )
    assert not (tmp_path / NAME).exists()
    with pytest.raises(BadInput, match="add --resume"):
        CliRunner().invoke(recipe, arguments, catch_exceptions=False)
    done = CliRunner().invoke(recipe, [*arguments, "--resume"], catch_exceptions=False)
    assert done.exit_code == 0
    scores = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert [score["step"] for score in scores] == [2, 3]
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (8 * 32, 2 * 32)
    model = zoo.find(tmp_path / NAME)
    assert (model.subject, model.licence) == ("a procedural lion head", "CC0-1.0")
    assert model.card["unseen_loss"] == scores[-1]["unseen_loss"]
    assert load_diffusion(model.path).img_resolution == (32, 32)
