"""What lies about a handle that slides along an edge goes farther than it is seen to go."""

from __future__ import annotations

import math

import pytest
import torch

from draggan_server.bench.reader.reader import Reader
from draggan_server.editing import drag
from draggan_server.editing.methods.newton.company import Company, Followed, carried
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


def test_where_to_go_back_to_is_between_two_moves() -> None:
    company = Company.__new__(Company)
    company._side = 250  # slid ones are more than 8 px ahead, of points on one side 12
    slid = Followed(torch.tensor([-46.0, -16.0, 4.0, 10.0]), 6)
    right = Followed(torch.tensor([-30.0, -20.0, -10.0, 0.0]), 6)
    one_sided = Followed(slid.ahead, 4)
    assert company.gone_ahead((slid, right, one_sided, None)) == (True, False, True, False)
    assert company.back((slid, right, one_sided, None)) == pytest.approx(0.5 + 0.25 * 16 / 20)
    assert company.back((right, one_sided, None)) is None


@pytest.mark.slow
def test_a_lip_that_slides_while_the_head_turns_too_far_is_gone_back_to(
    lion: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    w_plus = lion.mapping(torch.tensor([LION]))
    handle, target = torch.tensor([LIP]), torch.tensor([WHERE_IT_SHOULD_BE])
    *_, last = drag(lion, w_plus, handle, target)
    assert (last.arrived, last.stalled, last.lost) == (False, True, True)
    reader = Reader.load()

    def off(w_plus: torch.Tensor) -> float:
        seen = reader.read(lion.synthesis(w_plus)).points[0, NUMBER]
        return float((seen - target[0]).norm())

    assert off(last.w_plus) < 12
    torch.testing.assert_close(last.handle_points, target)
    monkeypatch.setattr(Company, "follow", lambda self, way, last: (None,))
    *_, without = drag(lion, w_plus, handle, target)
    assert without.arrived
    assert off(without.w_plus) > 20
