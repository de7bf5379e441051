"""Models in the form of Stable Diffusion: told by a text, and their kin for inpainting."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from draggan_server.diffusion import loading, memory
from draggan_server.diffusion.clip_text import ClipText
from draggan_server.diffusion.loading import load_diffusion
from draggan_server.diffusion.lora import Lora
from draggan_server.diffusion.method import DiffusionProblem, NoisyStep
from draggan_server.diffusion.model import DiffusionModel
from draggan_server.diffusion.prompt import TENSOR, empty_prompt
from draggan_server.diffusion.reference import keys_of_first
from draggan_server.models import zoo
from draggan_server.models.diffusion_folder import EMPTY_PROMPT, VOCABULARY, DiffusionFolder
from draggan_server.wire.drag_config import DragdiffusionConfig
from draggan_server.wire.errors import OutOfMemory
from stylegan2.errors import CheckpointError
from tests.unit.diffusion.tiny import CLIP, SIDE, save_told_model

CELLS = SIDE // 2
TEXT_WEIGHTS = "text_encoder/model.safetensors"


@pytest.fixture(scope="module")
def told_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_told_model(tmp_path_factory.mktemp("told") / "stable")


@pytest.fixture(scope="module")
def told(told_folder: Path) -> DiffusionModel:
    return load_diffusion(told_folder)


@pytest.fixture(scope="module")
def inpainting(tmp_path_factory: pytest.TempPathFactory) -> DiffusionModel:
    folder = save_told_model(tmp_path_factory.mktemp("told") / "inpainting", inpainting=True)
    return load_diffusion(folder)


@pytest.fixture
def folder(told_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(told_folder, tmp_path / "stable"))


def latents(count: int = 1) -> torch.Tensor:
    random = torch.Generator().manual_seed(5)
    return torch.randn(count, 4, CELLS, CELLS, generator=random)


def picture() -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    return torch.stack([(x / 5).sin(), (y / 6).cos(), ((x + y) / 7).sin()])[None] / 2 + 0.5


@torch.no_grad()
def test_its_text_encoder_is_a_transformer_that_sees_what_came_before() -> None:
    """Pre-normed layers, softmax(Q K^T / sqrt(d)) V under a causal mask, by hand."""
    torch.manual_seed(0)
    geometry = replace(CLIP, num_hidden_layers=1)
    encoder = ClipText(geometry)
    state = {key.removeprefix("text_model."): value for key, value in encoder.state_dict().items()}

    def normed(x: torch.Tensor, name: str) -> torch.Tensor:
        off = x - x.mean(dim=1, keepdim=True)
        spread = (off.square().mean(dim=1, keepdim=True) + geometry.layer_norm_eps).sqrt()
        return off / spread * state[f"{name}.weight"] + state[f"{name}.bias"]

    def linear(x: torch.Tensor, name: str) -> torch.Tensor:
        name = f"encoder.layers.0.{name}"
        return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]

    tokens = torch.tensor([2, 0, 1, 3])
    x = state["embeddings.token_embedding.weight"][tokens]
    x = x + state["embeddings.position_embedding.weight"][:4]
    inside = normed(x, "encoder.layers.0.layer_norm1")
    q, k, v = (linear(inside, f"self_attn.{p}_proj") for p in "qkv")
    heads, width = geometry.num_attention_heads, geometry.hidden_size // 2
    mixed = torch.zeros_like(x)
    for head in range(heads):
        part = slice(head * width, (head + 1) * width)
        for at in range(4):
            fits = (q[at, part] @ k[: at + 1, part].T / math.sqrt(width)).softmax(dim=0)
            mixed[at, part] = fits @ v[: at + 1, part]
    x = x + linear(mixed, "self_attn.out_proj")
    inner = linear(normed(x, "encoder.layers.0.layer_norm2"), "mlp.fc1")
    x = x + linear(inner / (1 + (-1.702 * inner).exp()), "mlp.fc2")
    torch.testing.assert_close(encoder(tokens[None])[0], normed(x, "final_layer_norm"))


@torch.no_grad()
@pytest.mark.filterwarnings("default")
def test_it_says_what_transformers_own_says() -> None:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    encoder = ClipText(CLIP)
    other = transformers.CLIPTextModel(transformers.CLIPTextConfig(**asdict(CLIP)))
    names = other.state_dict()
    state = encoder.state_dict()
    if not any(name.startswith("text_model.") for name in names):
        state = {name.removeprefix("text_model."): value for name, value in state.items()}
    other.load_state_dict(state)
    tokens = torch.tensor([[2, 3, 3, 0, 1, 3]])
    torch.testing.assert_close(encoder(tokens), other.eval()(tokens).last_hidden_state)


@torch.no_grad()
def test_an_empty_text_starts_ends_and_is_filled_up(folder: Path) -> None:
    encoder = ClipText(CLIP)
    encoder.load_state_dict(load_file(folder / TEXT_WEIGHTS))
    said = empty_prompt(DiffusionFolder(folder))
    torch.testing.assert_close(said, encoder(torch.tensor([[2, 3, 3, 3, 3, 3]])))
    special = folder / "tokenizer/special_tokens_map.json"
    special.write_text('{"pad_token": {"content": "a</w>"}}')
    filled = empty_prompt(DiffusionFolder(folder))
    torch.testing.assert_close(filled, encoder(torch.tensor([[2, 3, 0, 0, 0, 0]])))
    assert not torch.allclose(said, filled)


def test_what_was_computed_before_stands_for_the_text_encoder(
    folder: Path, told: DiffusionModel
) -> None:
    said = empty_prompt(DiffusionFolder(folder))
    save_file({TENSOR: said.half()}, folder / EMPTY_PROMPT)
    shutil.rmtree(folder / "text_encoder")
    shutil.rmtree(folder / "tokenizer")
    found = load_diffusion(folder)
    assert zoo.find(folder).sha256 == found.sha256 != told.sha256
    torch.testing.assert_close(
        found.denoiser.noise(latents(), 300), told.denoiser.noise(latents(), 300), atol=1e-3, rtol=0
    )
    save_file({TENSOR: said[0]}, folder / EMPTY_PROMPT)
    with pytest.raises(CheckpointError, match=f"{EMPTY_PROMPT} of the diffusion model"):
        load_diffusion(folder)


@torch.no_grad()
def test_all_of_a_batch_are_told_the_empty_text(told: DiffusionModel, folder: Path) -> None:
    prompt = empty_prompt(DiffusionFolder(folder))
    both = latents(2)
    wanted = told.denoiser.unet(both, 300, encoder_hidden_states=prompt.expand(2, -1, -1)).sample
    assert torch.equal(told.denoiser.noise(both, 300), wanted)
    other = told.denoiser.unet(both, 300, encoder_hidden_states=0 * prompt.expand(2, -1, -1)).sample
    assert not torch.allclose(other, wanted, atol=1e-4)


@torch.no_grad()
def test_noise_is_spread_over_the_timesteps_as_it_was_trained(told: DiffusionModel) -> None:
    """The square root of beta is linear."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    shares = (1 - betas).cumprod(dim=0)
    torch.testing.assert_close(told.denoiser.alphas_cumprod.double(), shares, rtol=1e-5, atol=0)


@torch.no_grad()
def test_the_moved_attends_to_the_starts_picture_and_to_the_text_as_ever(
    told: DiffusionModel,
) -> None:
    unet = told.denoiser.unet
    selves = list(told.denoiser.self_attentions())
    names = {name: module for name, module in unet.named_modules() if hasattr(module, "to_k")}
    assert selves == [module for name, module in names.items() if name.endswith("attn1")]
    crosses = [module for name, module in names.items() if name.endswith("attn2")]
    assert len(selves) == len(crosses) > 0
    seen: dict[torch.nn.Module, torch.Tensor] = {}
    hooks = [
        module.to_k.register_forward_hook(lambda m, _inputs, out: seen.__setitem__(m, out))
        for module in (selves[0], crosses[0])
    ]
    with keys_of_first(told.denoiser):
        hooks += [
            module.to_k.register_forward_hook(lambda m, _inputs, out: seen.__setitem__(m, out))
            for module in (selves[0],)
        ]
        told.denoiser.noise(latents(2), 300)
    for hook in hooks:
        hook.remove()
    keys, text = seen[selves[0].to_k], seen[crosses[0].to_k]  # type: ignore[index]
    assert torch.equal(keys[0], keys[1])
    assert torch.equal(text[0], text[1])  # both are told the same


def test_low_rank_changes_are_on_its_attention_to_pictures_and_to_the_text(
    told: DiffusionModel,
) -> None:
    changed = {id(module) for module, _, _ in Lora(told.denoiser).pairs}
    for name, module in told.denoiser.unet.named_modules():
        if name.endswith((".to_q", ".to_k", ".to_v")):
            assert id(module) in changed
    lora = Lora(told.denoiser)
    assert list(lora.fit(latents(), 3))[-1] == 1
    assert all(bool(up.any()) for _, _, up in lora.pairs)


@torch.no_grad()
def test_one_for_inpainting_sees_what_is_held_and_where_it_may_paint(
    inpainting: DiffusionModel,
) -> None:
    w_plus = inpainting.encode(picture())
    movable = torch.zeros(SIDE, SIDE)
    movable[8:16, 9:20] = 1
    movable[20, 20] = 0.3
    network = inpainting.painting(w_plus, movable)
    seen: list[torch.Tensor] = []
    conv: torch.nn.Module = network.unet.get_submodule("conv_in")
    hook = conv.register_forward_hook(lambda _m, inputs, _out: seen.append(inputs[0]))
    z = latents(2)
    network.noise(z, 300)
    hook.remove()
    assert torch.equal(seen[0][:, :4], z)
    cells = torch.zeros(CELLS, CELLS)
    cells[4:8, 4:10] = 1  # a cell may be painted where any of it may change
    cells[10, 10] = 1
    assert torch.equal(seen[0][:, 4], cells.expand(2, -1, -1))
    vae = inpainting._autoencoder._vae  # type: ignore[attr-defined]
    shown = vae.decode(w_plus.view(1, 4, CELLS, CELLS) / 0.18215).sample.clamp(-1, 1)
    shown[:, :, movable > 0] = 0
    mean = vae.encode(shown).latent_dist.mean * 0.18215
    torch.testing.assert_close(seen[0][:1, 5:], mean, atol=1e-5, rtol=0)


@torch.no_grad()
def test_without_a_mask_it_may_paint_everywhere(
    inpainting: DiffusionModel, told: DiffusionModel
) -> None:
    w_plus = inpainting.encode(picture())
    network = inpainting.painting(w_plus, None)
    assert network.beside is not None
    assert bool((network.beside[:, 0] == 1).all())
    everywhere = inpainting.painting(w_plus, torch.ones(SIDE, SIDE))
    torch.testing.assert_close(everywhere.beside, network.beside)
    assert told.painting(w_plus, torch.zeros(SIDE, SIDE)) is told.denoiser


def by_hand(
    model: DiffusionModel, start: torch.Tensor, z: torch.Tensor, movable: torch.Tensor
) -> torch.Tensor:
    """Equation 3 of 2306.14435 on latents, written out: r1 1, one point, lambda 0.1, the rung 35 of
    50, z_0 and the noise by the network itself."""
    unet, shares = model.denoiser.unet, model.denoiser.alphas_cumprod
    prompt = model.denoiser._prompt

    def below_and_features(z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen: list[torch.Tensor] = []
        block = unet.up_blocks[2]  # type: ignore[index,union-attr]
        hook = block.register_forward_hook(lambda *call: seen.append(call[2]))  # type: ignore[union-attr,operator]
        noise = unet(z, 699, encoder_hidden_states=prompt).sample
        hook.remove()
        a, b = shares[699], shares[679]
        clean = (z - (1 - a).sqrt() * noise) / a.sqrt()
        features = torch.nn.functional.interpolate(seen[0], (SIDE, SIDE), mode="bilinear")
        return b.sqrt() * clean + (1 - b).sqrt() * noise, features

    with torch.no_grad():
        held, _ = below_and_features(start)
    below, features = below_and_features(z)
    total = torch.zeros(())
    for j in (-1, 0, 1):
        for i in (-1, 0, 1):  # the handle (10, 12) is to go right
            ahead = features[0, :, 12 + j, 10 + i + 1]
            total = total + (ahead - features[0, :, 12 + j, 10 + i].detach()).abs().sum()
    return total + 0.1 * ((below - held) * (1 - movable)).abs().sum()


def test_a_step_on_latents_is_adams_on_the_papers_loss(told: DiffusionModel) -> None:
    config = DragdiffusionConfig(max_steps=2, lora_steps=0, r2=1)
    assert (config.noise, config.r1, config.mask_weight) == (0.7, 1, 0.1)
    mask = torch.zeros(SIDE, SIDE)
    mask[8:20, 6:28] = 1
    w_plus = told.encode(picture())
    handles, targets = torch.tensor([[10.0, 12.0]]), torch.tensor([[26.0, 12.0]])
    problem = DiffusionProblem(told, w_plus, handles, targets, mask, config)
    *_, start = problem.raised()
    tent = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8  # linear, over two pixels a cell
    weights = tent.outer(tent)[None, None]
    movable = torch.nn.functional.conv2d(mask[None, None], weights, stride=2, padding=1)
    begun = start + 0.1 * latents()
    first, second, *_ = problem.steps(start, begun, handles, 2)
    z = begun.clone().requires_grad_(True)
    loss = by_hand(told, start, z, movable)
    assert first.loss == pytest.approx(float(loss.detach()), rel=1e-4)
    (slope,) = torch.autograd.grad(loss, [z])
    # Adam's first step goes the learning rate along each value's sign.
    clear = slope.abs() > 1e-3 * slope.abs().max()
    assert float(clear.float().mean()) > 0.9
    wanted = begun - config.learning_rate * slope.sign()
    torch.testing.assert_close(second.noisy[clear], wanted[clear], atol=1e-4, rtol=0)
    share = told.denoiser.alphas_cumprod[699]
    noise = told.denoiser.noise(second.noisy, 699)
    guess = (second.noisy - (1 - share).sqrt() * noise) / share.sqrt()
    torch.testing.assert_close(told.map_of(second.w_plus), guess, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_a_drag_has_arrived_only_where_the_picture_shows_it(
    told: DiffusionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    w_plus, moved = latents().flatten(2), 2 * latents().flatten(2)
    shown = torch.randn(1, 6, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    monkeypatch.setattr(
        told, "seen", lambda of: shown.roll(8, 3) if torch.equal(of, moved) else shown
    )
    handles, targets = torch.tensor([[10.0, 12.0]]), torch.tensor([[18.0, 12.0]])
    problem = DiffusionProblem(told, w_plus, handles, targets, None, DragdiffusionConfig())
    said = there(problem, w_plus)
    assert problem.checked(said, moved) is said
    lost = problem.checked(said, w_plus)
    assert (lost.arrived, lost.stalled, lost.lost) == (False, True, True)
    on_its_way = replace(said, points_arrived=(False,))
    assert problem.checked(on_its_way, w_plus) is on_its_way


@torch.no_grad()
def test_its_colours_have_a_say_in_that(
    pixel_model: DiffusionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    w_plus, moved = (pixel_model.encode(shown) for shown in (picture, picture.roll(8, 3)))
    monkeypatch.setattr(pixel_model, "seen", lambda of: torch.zeros(1, 2, SIDE, SIDE))
    handles, targets = torch.tensor([[10.0, 12.0]]), torch.tensor([[18.0, 12.0]])
    problem = DiffusionProblem(pixel_model, w_plus, handles, targets, None, DragdiffusionConfig())
    said = there(problem, w_plus)
    assert problem.checked(said, moved) is said
    assert problem.checked(said, w_plus).lost


@torch.no_grad()
@pytest.mark.parametrize(("way", "lost"), [(8, True), (12, False)])
def test_what_goes_far_is_told_by_its_features_alone(
    pixel_model: DiffusionModel, monkeypatch: pytest.MonkeyPatch, way: int, lost: bool
) -> None:
    """By its features it has rather arrived, by its colours it has stayed for certain."""
    random = torch.Generator().manual_seed(1)
    w_plus = torch.rand(1, 3, SIDE * SIDE, generator=random)
    moved = w_plus / 2
    seen = torch.randn(1, 1, SIDE, SIDE, generator=random)
    monkeypatch.setattr(
        pixel_model,
        "seen",
        lambda of: seen.roll(way, 3) + 0.6 * seen if torch.equal(of, moved) else seen,
    )
    handles, targets = torch.tensor([[10.0, 12.0]]), torch.tensor([[10.0 + way, 12.0]])
    problem = DiffusionProblem(pixel_model, w_plus, handles, targets, None, DragdiffusionConfig())
    assert problem.checked(there(problem, w_plus), moved).lost == lost


def there(problem: DiffusionProblem, w_plus: torch.Tensor) -> NoisyStep:
    """A step of which the tracker says that its handle is at its target."""
    return NoisyStep(
        step=3,
        w_plus=w_plus,
        handle_points=problem.targets,
        distances=(0.5,),
        points_arrived=(True,),
        loss=0.0,
        noisy=problem.model.map_of(w_plus),
    )


def test_half_precision_drags_as_the_whole_one(
    told_folder: Path, told: DiffusionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "weights_type", lambda _device: torch.float16)
    half = load_diffusion(told_folder)
    assert half.denoiser.dtype == torch.float16
    config = DragdiffusionConfig(max_steps=2, noise=0.2)
    starts, ends = [], []
    for model in (told, half):
        w_plus = model.encode(picture())
        assert w_plus.dtype == torch.float32
        *_, (_, lora) = model.fitted(w_plus, 4)
        assert all(bool(up.isfinite().all()) and bool(up.any()) for _, _, up in lora.pairs)
        point = torch.tensor([[10.0, 12.0]])
        problem = DiffusionProblem(model, w_plus, point, point + 8, None, config)
        with lora.on():
            *_, start = problem.raised()
            *_, last = problem.steps(start, start, point, 2)
        assert last.noisy.dtype == torch.float32
        assert float((last.noisy - start).abs().mean()) > 0.01  # twice the learning rate
        (output,) = model.outputs(last.w_plus)
        starts.append(start)
        ends.append(last.noisy)
        assert output.picture is not None
        assert output.picture.dtype == torch.float32
    torch.testing.assert_close(starts[1], starts[0], atol=0.02, rtol=0)
    # A step goes by the signs of slopes, of which some are all but 0.
    way = ends[0] - starts[0]
    off = (ends[1] - starts[1]) - way
    assert float(off.square().mean()) < 0.1 * float(way.square().mean())


def test_weights_in_half_precision_are_read_too(folder: Path, told: DiffusionModel) -> None:
    for part in ("unet", "vae"):
        path = folder / part / "diffusion_pytorch_model.safetensors"
        halves = {key: value.half() for key, value in load_file(path).items()}
        save_file(halves, path.with_name("diffusion_pytorch_model.fp16.safetensors"))
        path.unlink()
    found = load_diffusion(folder)
    assert found.denoiser.dtype == torch.float32  # on the processor
    torch.testing.assert_close(
        found.denoiser.noise(latents(), 300), told.denoiser.noise(latents(), 300), atol=0.02, rtol=0
    )


def test_a_device_without_the_memory_is_told_before_anything_is_loaded(
    told_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = memory.needed_memory(DiffusionFolder(told_folder), torch.float32)
    assert memory.needed_memory(DiffusionFolder(told_folder), torch.float16) == asked // 2
    free = memory.free_memory("cpu")
    assert free is not None
    assert free > asked
    assert memory.free_memory("mps") is None
    monkeypatch.setattr(memory, "needed_memory", lambda *_: 5 << 30)
    monkeypatch.setattr(memory, "free_memory", lambda _device: 3 << 29)
    monkeypatch.setattr(loading, "_part", lambda *_: pytest.fail("it is loaded"))
    with pytest.raises(OutOfMemory) as caught:
        load_diffusion(told_folder)
    assert str(caught.value) == (
        "The model stable needs about 5.0 GiB of memory on the device (cpu), and 1.5 GiB are free: "
        "close other programs, or choose a smaller model."
    )


def test_what_is_no_text_encoder_is_told(folder: Path) -> None:
    def refusal() -> str:
        with pytest.raises(CheckpointError) as caught:
            load_diffusion(zoo.find(folder).path)
        return str(caught.value)

    config = folder / "text_encoder/config.json"
    whole = json.loads(config.read_text())
    config.write_text(json.dumps({**whole, "architectures": ["T5EncoderModel"]}))
    assert "stable/text_encoder is a T5EncoderModel, and only CLIPTextModel can be" in refusal()
    for wrong in ({"num_hidden_layers": "many"}, {"hidden_act": "swish"}, {"hidden_size": 7}):
        config.write_text(json.dumps({**whole, **wrong}))
        assert "text_encoder/config.json of the diffusion model" in refusal()
    for other in ({"num_hidden_layers": 3}, {"hidden_size": 16}):
        config.write_text(json.dumps({**whole, **other}))
        assert "text_encoder/model.safetensors of the diffusion model" in refusal()
    config.write_text(json.dumps(whole))

    vocabulary = folder / VOCABULARY
    words = vocabulary.read_text()
    vocabulary.write_text('{"lion": 0}')
    assert f"{VOCABULARY} of the diffusion model" in refusal()
    vocabulary.write_text(words)

    weights = folder / TEXT_WEIGHTS
    weights.rename(weights.with_name("pytorch_model.bin"))
    assert "text_encoder/pytorch_model.bin may run code when it is read" in refusal()
    shutil.rmtree(folder / "text_encoder")
    assert "text_encoder/config.json is missing" in refusal()
