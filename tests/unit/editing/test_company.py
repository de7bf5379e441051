"""What lies about a handle that slides along an edge goes farther than it is seen to go."""

from __future__ import annotations

import math

import pytest
import torch

from draggan_server.bench.reader.reader import Reader
from draggan_server.editing import drag
from draggan_server.editing.methods.newton.company import Company, carried
from stylegan2.generator import Generator

# fmt: off
LION = [1.71, 2.892, 0.711, 0.391, 0.295, -0.973, -0.142, -0.035, -0.853, 1.587, 0.532, 2.46,
        -0.315, -1.225, 0.113, -1.081, -0.94, -0.444]
# fmt: on
NUMBER, LIP, WHERE_IT_SHOULD_BE = 3, (175.35, 199.8), (85.75, 200.23)

POINT = torch.tensor([100.0, 50.0])
TURNS = torch.arange(8) * (math.pi / 4)
ABOUT = POINT + 25 * torch.stack([TURNS.cos(), TURNS.sin()], dim=1)


def test_a_point_is_carried_by_what_is_about_it() -> None:
    way = torch.tensor([-60.0, 4.0])
    torch.testing.assert_close(carried(POINT, ABOUT, ABOUT + way, 5, 4), POINT + way)
    grown = POINT + 1.2 * (ABOUT - POINT) + way
    torch.testing.assert_close(carried(POINT, ABOUT, grown, 5, 4), POINT + way)
    # Seen from one side, what grows is not taken for what goes.
    side = carried(POINT, ABOUT[:4], grown[:4], 5, 4)
    assert float((side - POINT - way).norm()) < 1.5
    assert float((grown[:4] - ABOUT[:4] - way).mean(dim=0).norm()) > 3


def test_one_that_is_mistaken_does_not_count() -> None:
    way = torch.tensor([-60.0, 4.0])
    seen = ABOUT + way
    seen[2] += torch.tensor([40.0, 0.0])
    assert float((carried(POINT, ABOUT, seen, 5, 4) - POINT - way).norm()) < 1
    assert float((seen - ABOUT - way).mean(dim=0).norm()) == 5


@pytest.mark.slow
def test_a_lip_that_slides_while_the_head_turns_too_far_has_not_arrived(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    w_plus = lion.mapping(torch.tensor([LION]))
    handle, target = torch.tensor([LIP]), torch.tensor([WHERE_IT_SHOULD_BE])
    *_, last = drag(lion, w_plus, handle, target)
    assert (last.arrived, last.stalled, last.lost) == (False, True, True)
    monkeypatch.setattr(Company, "gone_ahead", lambda self, way, last: (False,))
    *_, without = drag(lion, w_plus, handle, target)
    assert without.arrived
    assert torch.equal(without.w_plus, last.w_plus)
    seen = Reader.load().read(lion.synthesis(without.w_plus)).points[0, NUMBER]
    assert float((seen - target[0]).norm()) > 20
