"""Far drags that would arrive with something else than what was pressed."""

from __future__ import annotations

import pytest
import torch

from draggan_server.bench.reader.reader import Reader
from draggan_server.editing import drag
from draggan_server.editing.methods.newton.approach import Approach
from draggan_server.editing.methods.newton.retrace import ASTRAY, PART, parts, strayed
from draggan_server.editing.methods.newton.trail import Known
from stylegan2.generator import Generator

# fmt: off
LION = [1.523, -1.21, -1.009, -0.57, -0.036, -0.406, -0.405, 0.024, -0.893, -0.037, -0.697, -0.471,
        0.618, 0.218, -0.519, 0.776, 0.707, 0.656]
# fmt: on
NUMBER, SPIKE, WHERE_IT_SHOULD_BE = 10, (100.0420, 56.5838), (151.2405, 56.9811)

SIDE = 200
WAYS = torch.tensor([[3.0, 4.0], [-60.0, 0.0]])
FIRST = Known(torch.zeros(1), torch.tensor([[50.0, 60.0], [150.0, 30.0]]))


def on_the_way(x: torch.Tensor) -> torch.Tensor:
    """[2, 2]: where two handles are after a move x [1]. They do not go straight."""
    aside = 6 * torch.sin(3.14 * x)
    return FIRST.seen + WAYS * x + torch.tensor([[0.0, 1.0], [0.0, 1.0]]) * aside


def test_a_handle_that_comes_out_elsewhere_has_strayed() -> None:
    asked: list[torch.Tensor] = []

    def look(x: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
        assert float((on_the_way(x) - expected).norm(dim=1).max()) < PART * SIDE
        asked.append(x)
        return on_the_way(x)

    end = torch.ones(1)
    last = Known(end, on_the_way(end))
    count = parts(FIRST, last, SIDE)
    assert count == 60 / (PART * SIDE)
    way = list(torch.linspace(0, 1, count + 1)[1:, None])
    assert strayed(look, way, FIRST, last, SIDE) == (False, False)
    assert torch.equal(torch.stack(asked), torch.stack(way))
    beside = on_the_way(end) + torch.tensor(
        [[0.0, 0.8 * ASTRAY * SIDE], [0.0, 1.2 * ASTRAY * SIDE]]
    )
    assert strayed(look, way, FIRST, Known(end, beside), SIDE) == (False, True)


@pytest.mark.slow
def test_a_spike_that_is_taken_for_its_neighbour_has_not_arrived(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    w_plus = lion.mapping(torch.tensor([LION]))
    handle, target = torch.tensor([SPIKE]), torch.tensor([WHERE_IT_SHOULD_BE])
    *_, last = drag(lion, w_plus, handle, target)
    assert (last.arrived, last.stalled, last.lost) == (False, True, True)
    monkeypatch.setattr(Approach, "_doubt", lambda self: False)
    *_, without = drag(lion, w_plus, handle, target)
    assert without.arrived
    assert torch.equal(without.w_plus, last.w_plus)
    seen = Reader.load().read(lion.synthesis(without.w_plus)).points[0, NUMBER]
    assert float((seen - target[0]).norm()) > 20
