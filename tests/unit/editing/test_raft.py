"""RAFT: its formulas, and the small one that was fitted to the toy lion."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from draggan_server.editing import drag
from draggan_server.editing.trackers import raft
from draggan_server.editing.trackers.flow import SIDE, FlowTracker, lion_raft, lion_raft_card
from draggan_server.editing.trackers.raft import LION, PUBLISHED, Raft
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from stylegan2.generator import Generator
from tests.unit.editing.lion import CHIN, DOWN
from tests.unit.editing.test_every_method import small_generator


def test_correlations_are_those_of_all_pairs_halved_by_means() -> None:
    before, after = torch.randn(2, 2, 5, 8, 12, generator=torch.Generator().manual_seed(1))
    first, second = raft.pyramid(before, after, 2)
    every = torch.einsum("ncij,nckl->nijkl", before, after) / 5**0.5
    torch.testing.assert_close(first.view(2, 8, 12, 8, 12), every)
    halved = every.reshape(2, 8, 12, 4, 2, 6, 2).mean(dim=(4, 6))
    torch.testing.assert_close(second.view(2, 8, 12, 4, 6), halved)


def test_what_is_looked_up_is_about_the_place_on_every_level_and_nothing_outside() -> None:
    features = torch.randn(2, 1, 5, 8, 12, generator=torch.Generator().manual_seed(2))
    volumes = raft.pyramid(*features, 2)
    places = torch.zeros(1, 2, 8, 12)
    places[0, :, 3, 4] = torch.tensor([6.0, 2.0])
    found = raft.look_up(volumes, places, 1)[0, :, 3, 4].view(2, 3, 3)  # level, x, y
    cell = 3 * 12 + 4
    near = volumes[0][cell, 0, 1:4, 5:8]
    torch.testing.assert_close(found[0], near.T)
    coarse = functional.pad(volumes[1][cell, 0], (1, 1, 1, 1))
    torch.testing.assert_close(found[1], coarse[1:4, 3:6].T)
    corner = raft.look_up(volumes, places, 1)[0, :, 0, 0].view(2, 3, 3)
    assert float(corner[:, 0].abs().max()) < 1e-6
    assert float(corner[:, :, 0].abs().max()) < 1e-6


def test_motion_begins_where_it_is_told_and_learns_from_every_update() -> None:
    network = Raft(LION)
    torch.nn.init.zeros_(network.update_block.flow_head.conv2.weight)
    torch.nn.init.zeros_(network.update_block.flow_head.conv2.bias)
    pictures = torch.rand(2, 3, 32, 40, generator=torch.Generator().manual_seed(3))
    features = network.encode(pictures)
    first = torch.full((1, 2, 8, 10), 1.5)
    pair = features[:1], features[1:]
    *_, last = network.motions(pictures[:1], pair, 3, first)
    assert torch.equal(last, first)
    last.sum().backward()  # type: ignore[no-untyped-call]
    assert network.update_block.flow_head.conv2.bias.grad is not None


def test_the_published_network_is_ours() -> None:
    """Where torchvision is and fits the PyTorch that is here."""
    try:
        from torchvision.models.optical_flow import raft_small
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"torchvision cannot be imported here: {error}")
    torch.manual_seed(0)
    theirs, ours = raft_small().eval(), Raft(PUBLISHED).eval()
    ours.load_state_dict(theirs.state_dict())
    before, after = torch.rand(2, 1, 3, 128, 160) * 2 - 1
    with torch.no_grad():
        features = ours.encode(torch.cat([before, after]))
        found = ours.motions(before, (features[:1], features[1:]), 3)
        for motion, expected in zip(found, theirs(before, after, num_flow_updates=3), strict=True):
            whole = 8 * functional.interpolate(
                motion, scale_factor=8, mode="bilinear", align_corners=True
            )
            torch.testing.assert_close(whole, expected, rtol=0, atol=1e-4)


def test_it_has_the_tensors_of_the_published_one() -> None:
    state = Raft(PUBLISHED).state_dict()
    assert sum(tensor.numel() for tensor in state.values()) == 990162  # as torchvision says
    for name in (
        "feature_encoder.convnormrelu.0.weight",
        "context_encoder.layer2.0.downsample.0.bias",
        "feature_encoder.layer3.1.convnormrelu3.0.weight",
        "update_block.motion_encoder.convcorr1.0.weight",
        "update_block.recurrent_block.convgru1.convq.weight",
        "update_block.flow_head.conv2.bias",
    ):
        assert name in state


def test_the_fitted_one_finds_handles_where_they_were(
    lion: Generator, w_plus: torch.Tensor
) -> None:
    """How well it follows what moves: tests/unit/bench/test_tracking.py."""
    with torch.no_grad():
        picture = lion.synthesis(w_plus)
    points = torch.cat([CHIN, torch.tensor([[90.0, 100.0], [20.0, 20.0]])])
    found = FlowTracker(lion_raft(), picture, points).find(picture, points)
    torch.testing.assert_close(found.points, points, rtol=0, atol=1.0)
    assert float(found.misfit.max()) < 0.1


def test_a_picture_of_any_size_can_be_looked_at() -> None:
    picture = torch.rand(1, 3, 70, 40, generator=torch.Generator().manual_seed(5)) * 2 - 1
    points = torch.tensor([[0.0, 0.0], [39.0, 69.0], [20.0, 30.0]])
    found = FlowTracker(lion_raft(), picture, points).find(picture, points)
    assert ((found.points >= 0) & (found.points <= torch.tensor([39.0, 69.0]))).all()
    torch.testing.assert_close(found.misfit, torch.zeros(3), rtol=0, atol=0.2)
    assert SIDE == 128


def test_a_model_that_it_has_not_seen_is_refused_at_once() -> None:
    generator = small_generator()
    w_plus = generator.mapping(torch.ones(1, generator.z_dim))
    handle, target = torch.tensor([[9.0, 9.0]]), torch.tensor([[12.0, 9.0]])
    config = drag_config("draggan", tracker="raft")
    with pytest.raises(BadInput, match="a procedural lion head"):
        drag(generator, w_plus, handle, target, None, config)


def test_its_card_says_what_it_has_seen(lion: Generator, w_plus: torch.Tensor) -> None:
    card = lion_raft_card()
    assert card["subject"] == lion.card["subject"]
    assert card["licence"] == "CC0-1.0"
    config = drag_config("draggan", tracker="raft", max_steps=1)
    assert len(list(drag(lion, w_plus, CHIN, DOWN, None, config))) == 2
