"""What the network is made to see: its noise, features, low-rank changes and another's keys."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import pytest
import torch

from draggan_server.diffusion.denoiser import Denoiser
from draggan_server.diffusion.lora import Lora
from draggan_server.diffusion.model import DiffusionModel
from draggan_server.diffusion.reference import denoised, keys_of_first


def latents(count: int = 1) -> torch.Tensor:
    return torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(5))


@torch.no_grad()
def test_whatever_it_predicts_is_told_as_noise(pixel_model: DiffusionModel) -> None:
    unet, shares = pixel_model.denoiser.unet, pixel_model.denoiser.alphas_cumprod
    z = latents()
    given = unet(z, 300).sample
    a, s = math.sqrt(shares[300]), math.sqrt(1 - shares[300])
    # z = a clean + s noise; v = a noise - s clean
    clean = a * z - s * given
    assert torch.allclose(
        Denoiser(unet, shares, "v_prediction").noise(z, 300), (z - a * clean) / s, atol=1e-5
    )
    assert torch.allclose(
        Denoiser(unet, shares, "sample").noise(z, 300), (z - a * given) / s, atol=1e-5
    )
    assert torch.equal(Denoiser(unet, shares, "epsilon").noise(z, 300), given)


@torch.no_grad()
def test_features_are_those_of_the_decoders_third_block(pixel_model: DiffusionModel) -> None:
    unet = pixel_model.denoiser.unet
    seen = []
    hook = unet.up_blocks[2].register_forward_hook(lambda *call: seen.append(call[2]))
    look = pixel_model.denoiser.look(latents(), 300, (32, 32))
    hook.remove()
    assert torch.equal(look.features, seen[0])
    assert look.features.shape == (1, 8, 32, 32)
    assert torch.equal(look.noise, unet(latents(), 300).sample)


def test_a_lora_learns_the_picture_and_leaves_the_network_as_it_was(
    pixel_model: DiffusionModel,
) -> None:
    denoiser = pixel_model.denoiser
    clean = latents().tanh()

    @torch.no_grad()
    def error() -> float:
        """Of the noise that is seen in the picture, on noise that the fit has not seen."""
        random = torch.Generator().manual_seed(77)
        total = 0.0
        for timestep in range(50, 1000, 100):
            noise = torch.randn(clean.shape, generator=random)
            share = float(denoiser.alphas_cumprod[timestep])
            noisy = math.sqrt(share) * clean + math.sqrt(1 - share) * noise
            total += float((denoiser.noise(noisy, timestep) - noise).square().mean())
        return total

    weights = {name: weight.clone() for name, weight in denoiser.unet.named_parameters()}
    before, plain = denoiser.noise(latents(), 10), error()
    lora = Lora(denoiser)
    with lora.on():
        assert torch.equal(denoiser.noise(latents(), 10), before)  # none before its fit
    assert list(lora.fit(clean, 20))[-1] == 1
    with lora.on():
        assert error() < 0.999 * plain
    assert error() == plain
    assert torch.equal(denoiser.noise(latents(), 10), before)
    assert all(torch.equal(weight, weights[n]) for n, weight in denoiser.unet.named_parameters())


@torch.no_grad()
def test_a_lora_is_a_product_of_low_rank_on_queries_keys_and_values(
    pixel_model: DiffusionModel,
) -> None:
    lora = Lora(pixel_model.denoiser)
    names = [
        name
        for name, _ in pixel_model.denoiser.unet.named_modules()
        if name.endswith((".to_q", ".to_k", ".to_v"))
    ]
    assert len(lora.pairs) == len(names) > 0
    module, down, up = lora.pairs[0]
    up.normal_(generator=torch.Generator().manual_seed(0))
    x = torch.randn(2, 5, module.in_features, generator=torch.Generator().manual_seed(1))
    expected = x @ (module.weight + up @ down).T + module.bias
    with lora.on():
        assert torch.allclose(module(x), expected, atol=1e-5)


@torch.no_grad()
def test_the_moved_attends_to_the_keys_and_values_of_the_start(
    pixel_model: DiffusionModel,
) -> None:
    """softmax(Q K'^T / sqrt(d)) V', whose K' and V' are the first's, in every self-attention."""
    denoiser = pixel_model.denoiser
    attention = next(iter(denoiser.self_attentions()))
    heads = attention.heads
    calls = []
    hook = attention.register_forward_hook(lambda *call: calls.append((call[1][0], call[2])))
    with keys_of_first(denoiser):
        denoiser.noise(latents(2), 300)
    hook.remove()
    inside, out = calls[0]
    flat = attention.group_norm(inside.flatten(2)).transpose(1, 2)

    def split(x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(2, (heads, -1)).transpose(1, 2)

    q = split(attention.to_q(flat))[1]
    k, v = split(attention.to_k(flat))[0], split(attention.to_v(flat))[0]
    mixed = (q @ k.transpose(1, 2) / math.sqrt(q.shape[2])).softmax(dim=2) @ v
    result = attention.to_out[0](mixed.transpose(0, 1).flatten(1)).T.view_as(inside[1])
    expected = (result + inside[1]) / attention.rescale_output_factor
    assert torch.allclose(out[1], expected, atol=1e-5)


@torch.no_grad()
def test_what_was_not_moved_comes_down_as_without_a_reference(pixel_model: DiffusionModel) -> None:
    schedule, denoiser = pixel_model.schedule, pixel_model.denoiser
    z = latents()
    alone = z
    for rung in range(10, 0, -1):
        alone = schedule.down(alone, denoiser.noise, rung)
    assert torch.allclose(denoised(denoiser, schedule, z, z.clone(), 10), alone, atol=1e-4)
    plain = latents(2)
    first = denoiser.noise(plain, 300)
    with keys_of_first(denoiser):
        both = denoiser.noise(plain, 300)
    assert torch.allclose(both[0], first[0], atol=1e-6)
    assert not torch.allclose(both[1], first[1], atol=1e-4)
    assert torch.equal(denoiser.noise(plain, 300), first)


def test_latents_of_an_autoencoder_are_shown_by_it(latent_model: DiffusionModel) -> None:
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    w_plus = latent_model.encode(picture)
    assert w_plus.shape == (1, 4, 256)
    vae = latent_model._autoencoder._vae  # type: ignore[attr-defined]
    mean = vae.encode(picture * 2 - 1).latent_dist.mean
    assert torch.allclose(w_plus.view(1, 4, 16, 16), mean * 0.18215, atol=1e-5)
    (output,) = latent_model.outputs(w_plus)
    assert output.picture is not None
    assert torch.allclose(output.picture, vae.decode(mean).sample, atol=1e-4)
    assert pytest.approx(0) == float(latent_model.w_avg.abs().sum())


def in_another_thread(act: Callable[[], None]) -> None:
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


def test_a_preview_beside_a_drag_is_not_taken_for_its_step(pixel_model: DiffusionModel) -> None:
    """The preview's pass comes in the middle of the step's."""
    denoiser, z = pixel_model.denoiser, latents().requires_grad_(True)
    alone = denoiser.look(z, 300, (32, 32))
    shown: list[torch.Tensor] = []

    def show() -> None:
        with torch.no_grad():
            shown.append(denoiser.look(2 * latents(), 300, (32, 32)).features)

    once = iter([show])
    middle = denoiser.unet.get_submodule("mid_block").register_forward_hook(
        lambda *_: in_another_thread(show) if next(once, None) else None
    )
    try:
        step = denoiser.look(z, 300, (32, 32))
    finally:
        middle.remove()
    assert len(shown) == 1
    assert step.features.requires_grad
    assert torch.equal(step.features, alone.features)


@torch.no_grad()
def test_a_preview_shows_the_network_as_it_is(pixel_model: DiffusionModel) -> None:
    """Neither the drag's low-rank changes nor another's keys are in it."""
    denoiser, both = pixel_model.denoiser, torch.cat([latents(), 2 * latents()])
    lora = Lora(denoiser)
    lora.pairs = [(module, down, torch.ones_like(up)) for module, down, up in lora.pairs]
    bare = denoiser.noise(both, 300)
    shown: list[torch.Tensor] = []

    def show() -> None:
        with torch.no_grad():
            shown.append(denoiser.noise(both, 300))

    with lora.on(), keys_of_first(denoiser):
        in_another_thread(show)
        assert not torch.allclose(denoiser.noise(both, 300), bare)
    assert torch.equal(shown[0], bare)
