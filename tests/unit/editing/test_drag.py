"""The loop: it arrives, repeats, holds what is held, stops when told, and refuses what is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from draggan_server.editing import DragStep, drag
from draggan_server.editing.methods.newton import thrift
from draggan_server.editing.problem import learning_rate
from draggan_server.wire.drag_config import MASK_TERMS, DragConfig, DragganConfig, drag_config
from draggan_server.wire.errors import BadInput
from stylegan2 import Geometry
from stylegan2.generator import Generator
from tests.unit.editing.lion import CHIN, DOWN, SIDE, below_the_eyes
from tests.unit.stylegan2.generators import random_generator


@pytest.fixture(scope="module")
def chin_down(lion: Generator, w_plus: torch.Tensor) -> list[DragStep]:
    return list(drag(lion, w_plus, CHIN, DOWN))


def test_the_handle_arrives(chin_down: list[DragStep]) -> None:
    last = chin_down[-1]
    assert last.arrived
    assert last.mean_distance <= 4
    assert [step.step for step in chin_down] == list(range(len(chin_down)))
    arrived = [step.arrived for step in chin_down]
    first = arrived.index(True)
    assert all(arrived[first:])  # what comes then takes back what is not needed
    assert len(arrived) - 1 - first <= thrift.STEPS
    assert chin_down[0].mean_distance == pytest.approx(16, abs=1e-4)


@pytest.mark.parametrize("method", ["draggan", "freedrag"])
def test_only_the_first_rows_change(lion: Generator, w_plus: torch.Tensor, method: str) -> None:
    first, *_, last = drag(lion, w_plus, CHIN, DOWN, None, drag_config(method, max_steps=3))
    assert torch.equal(first.w_plus, w_plus)
    changed = (last.w_plus != w_plus).any(dim=2)[0]
    assert changed.tolist() == [True] * 6 + [False] * 8


def test_with_a_mask_only_the_first_rows_change(lion: Generator, w_plus: torch.Tensor) -> None:
    *_, last = drag(lion, w_plus, CHIN, DOWN, below_the_eyes(), drag_config(max_steps=3))
    changed = (last.w_plus != w_plus).any(dim=2)[0]
    assert changed.tolist() == [True] * 6 + [False] * 8


def test_the_picture_moves_where_the_handle_says(
    lion: Generator, w_plus: torch.Tensor, chin_down: list[DragStep]
) -> None:
    """What was 16 px above the target before the drag looks like what is at the handle after."""
    with torch.no_grad():
        before, after = lion.synthesis(w_plus)[0], lion.synthesis(chin_down[-1].w_plus)[0]

    def patch(picture: torch.Tensor, point: torch.Tensor) -> torch.Tensor:
        x, y = point.round().long().tolist()
        return picture[:, y - 8 : y + 9, x - 8 : x + 9]

    start, end = CHIN[0], chin_down[-1].handle_points[0]
    followed = (patch(before, start) - patch(after, end)).abs().mean()
    stayed = (patch(before, start) - patch(after, start)).abs().mean()
    assert followed < 0.6 * stayed


def test_the_same_drag_gives_the_same_steps(
    lion: Generator, w_plus: torch.Tensor, chin_down: list[DragStep]
) -> None:
    again = drag(lion, w_plus, CHIN, DOWN)
    for step, other in zip(chin_down[:6], again, strict=False):
        assert torch.equal(step.w_plus, other.w_plus)
        assert torch.equal(step.handle_points, other.handle_points)
        assert step.loss == other.loss


@pytest.mark.parametrize(
    "config",
    [
        drag_config(max_steps=12),
        *(drag_config("draggan", max_steps=12, mask_term=term) for term in MASK_TERMS),
    ],
    ids=str,
)
def test_a_mask_holds_the_features_outside(
    lion: Generator, w_plus: torch.Tensor, config: DragConfig
) -> None:
    mask = below_the_eyes()
    held = (1 - mask)[::2, ::2]

    def moved_outside(movable_mask: torch.Tensor | None) -> float:
        *_, last = drag(lion, w_plus, CHIN, DOWN, movable_mask=movable_mask, config=config)
        with torch.no_grad():
            start, end = (lion.features(w, 128) for w in (w_plus, last.w_plus))
        return float(((end - start).abs() * held).mean())

    assert moved_outside(mask) < 0.6 * moved_outside(None)


def test_a_mask_that_lets_all_move_is_no_mask(lion: Generator, w_plus: torch.Tensor) -> None:
    config = drag_config(max_steps=2)
    free = list(drag(lion, w_plus, CHIN, DOWN, config=config))
    masked = list(drag(lion, w_plus, CHIN, DOWN, torch.ones(SIDE, SIDE), config))
    assert all(torch.equal(a.w_plus, b.w_plus) for a, b in zip(free, masked, strict=True))


def test_the_cap_ends_the_drag(lion: Generator, w_plus: torch.Tensor) -> None:
    steps = list(drag(lion, w_plus, CHIN, DOWN, config=drag_config(max_steps=1)))
    assert [step.step for step in steps] == [0, 1]
    assert not steps[-1].arrived


def test_a_short_drag_moves_too(lion: Generator, w_plus: torch.Tensor) -> None:
    *_, last = drag(lion, w_plus, CHIN, CHIN + torch.tensor([0.0, 3.6]))
    assert last.arrived
    assert last.step > 0
    assert last.mean_distance <= 2


def test_several_points_arrive_at_once(lion: Generator, w_plus: torch.Tensor) -> None:
    eyes = torch.tensor([[88.0, 112.0], [148.0, 104.0]])
    handles = torch.cat([CHIN, eyes])
    *_, last = drag(lion, w_plus, handles, handles + torch.tensor([8.0, 0.0]))
    assert last.arrived
    assert last.handle_points.shape == (3, 2)


def test_handles_at_the_very_corner(lion: Generator, w_plus: torch.Tensor) -> None:
    handles = torch.tensor([[-0.5, -0.5], [255.5, 255.5]])
    config = drag_config(max_steps=3)
    for step in drag(lion, w_plus, handles, handles.clamp(10, 245), config=config):
        assert step.w_plus.isfinite().all()
        assert (step.handle_points >= 0).all()
        assert (step.handle_points <= 255).all()


def test_learning_rate_follows_the_models_own_scale() -> None:
    geometry = Geometry(
        z_dim=4, w_dim=6, mapping_layers=1, img_resolution=(8, 8), channels=(3, 3), c_dim=2
    )
    generator = random_generator(geometry)
    rate = learning_rate(generator, DragganConfig())
    wider = random_generator(geometry)
    layer = wider.mapping_network.get_submodule("fc0")
    layer.weight.mul_(3)
    layer.bias.mul_(3)
    assert learning_rate(wider, DragganConfig()) == pytest.approx(3 * rate)
    generator.card["learning_rate"] = 0.25
    assert learning_rate(generator, DragganConfig()) == 0.25
    assert learning_rate(generator, DragganConfig(learning_rate=0.5)) == 0.5


def test_a_small_model_uses_its_largest_block() -> None:
    geometry = Geometry(
        z_dim=4, w_dim=6, mapping_layers=1, img_resolution=(32, 16), channels=(3, 3, 3, 3)
    )
    generator = random_generator(geometry, dtype=torch.float32)
    w_plus = generator.mapping(torch.ones(1, 4))
    config = drag_config(max_steps=1)
    *_, last = drag(
        generator, w_plus, torch.tensor([[4.0, 9.0]]), torch.tensor([[12.0, 20.0]]), config=config
    )
    assert last.step == 1
    with pytest.raises(BadInput, match=r"feature resolution is 64, .* blocks 4, 8, 16, 32 only"):
        drag(
            generator,
            w_plus,
            torch.tensor([[4.0, 9.0]]),
            torch.tensor([[12.0, 20.0]]),
            config=drag_config(feature_resolution=64),
        )


NO_MASK = None
MASK = torch.ones(SIDE, SIDE)


@pytest.mark.parametrize(
    ("handles", "targets", "mask", "reason"),
    [
        (torch.zeros(0, 2), torch.zeros(0, 2), NO_MASK, "0 handle points; give 1 to 100"),
        (torch.rand(101, 2), torch.rand(101, 2), NO_MASK, "101 handle points"),
        (torch.rand(2, 2), torch.rand(1, 2), NO_MASK, "2 handle points but 1 target"),
        (torch.rand(2), torch.rand(2), NO_MASK, r"shape \[2\]; give \[P, 2\]"),
        (torch.tensor([[256.0, 5.0]]), torch.rand(1, 2), NO_MASK, r"\(256, 5\) lies outside"),
        (torch.rand(1, 2), torch.tensor([[5.0, -1.0]]), NO_MASK, r"target of point 1 at \(5, -1\)"),
        (torch.tensor([[torch.nan, 5.0]]), torch.rand(1, 2), NO_MASK, "not a finite number"),
        (torch.ones(1, 2), torch.ones(1, 2), NO_MASK, "Point 1 is already at its target"),
        (torch.zeros(1, 2), torch.ones(1, 2), MASK[:64], r"mask has the shape \[64, 256\]"),
        (torch.zeros(1, 2), torch.ones(1, 2), 2 * MASK, "values outside 0"),
        (torch.zeros(1, 2), torch.ones(1, 2), torch.nan * MASK, "values outside 0"),
        (torch.zeros(1, 2), torch.ones(1, 2), 0 * MASK, "mask is empty"),
    ],
)
def test_what_cannot_be_dragged_is_refused_at_once(
    lion: Generator,
    w_plus: torch.Tensor,
    handles: torch.Tensor,
    targets: torch.Tensor,
    mask: torch.Tensor | None,
    reason: str,
) -> None:
    with pytest.raises(BadInput, match=reason):
        drag(lion, w_plus, handles, targets, mask)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda w: w * torch.nan, "latent holds values that are not finite"),
        (lambda w: w[:, :4], r"latent has the shape \[1, 4, 256\]"),
        (lambda w: w.expand(2, -1, -1), r"latent has the shape \[2, 14, 256\]"),
    ],
)
def test_a_spoilt_latent_is_refused(
    lion: Generator,
    w_plus: torch.Tensor,
    spoil: Callable[[torch.Tensor], torch.Tensor],
    reason: str,
) -> None:
    with pytest.raises(BadInput, match=reason):
        drag(lion, spoil(w_plus), CHIN, DOWN)
