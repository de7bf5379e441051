"""The live drag on the lion: it follows, comes back, and ends where a drag ends."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch
from torch.nn import functional

from draggan_server.bench.reader.reader import Reader
from draggan_server.editing import drag
from draggan_server.editing.canvas import Canvas
from draggan_server.editing.edit import picture
from draggan_server.editing.features import levels
from draggan_server.editing.grip import flat
from draggan_server.editing.live_edit import LiveEdit
from draggan_server.editing.live_run import LiveRun
from draggan_server.editing.methods.newton import footing, handle_tracker
from draggan_server.editing.methods.newton import search as gauss_newton
from draggan_server.editing.methods.newton.approach import Approach
from draggan_server.editing.methods.newton.trail import MOST, Trail
from draggan_server.editing.problem import DragProblem
from draggan_server.editing.rendering import render
from draggan_server.editing.sketch import sketches
from draggan_server.layer import pixels
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import LiveFrame, Pixels, StartDrag
from draggan_server.wire.state import EditState, Point
from stylegan2.frozen_synthesis import FrozenSynthesis
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks
from tests.unit.editing.lion import CHIN, DOWN, HANDLE, SIDE, TARGET, below_the_eyes

pytestmark = pytest.mark.slow

EAR: Point = (60.0, 52.0)
NOSE = landmarks.NAMES.index("nose")


def hand(begin: torch.Tensor, end: torch.Tensor, ticks: int) -> Iterator[torch.Tensor]:
    """Where a hand is on its way, by minimum jerk (Flash and Hogan 1985)."""
    for tick in range(1, ticks + 1):
        t = tick / ticks
        yield begin + (end - begin) * (10 * t**3 - 15 * t**4 + 6 * t**5)


def search_of(
    lion: Generator, w_plus: torch.Tensor, handles: torch.Tensor, near: float = 0.2
) -> Approach:
    problem = DragProblem.check(lion, w_plus, handles, handles, None, drag_config(), live=True)
    return Approach(problem, near, levels.levels(lion, problem.config))


def pull(search: Approach, begin: torch.Tensor, end: torch.Tensor, ticks: int = 12) -> None:
    """One step for each place of the hand, then until it rests."""
    for target in hand(begin, end, ticks):
        search.aim(target)
        if not search.ended:
            search.advance()
    rest(search)


def rest(search: Approach) -> None:
    for _ in range(60):
        if search.ended:
            return
        search.advance()
    pytest.fail("it does not come to rest")


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    """Mean difference of two pictures in levels of 255."""
    return float((a - b).abs().mean()) * 255


class TestSearch:
    def test_it_follows_as_near_as_a_drag(self, lion: Generator, w_plus: torch.Tensor) -> None:
        search = search_of(lion, w_plus, CHIN)
        for target in hand(CHIN, DOWN, 12):
            search.aim(target)
            if not search.ended:
                search.advance()
            assert search.standing.mean_distance < 3
        rest(search)
        for _ in search.settle():
            pass
        *_, dragged = drag(lion, w_plus, CHIN, DOWN)
        assert search.standing.arrived
        assert search.standing.mean_distance <= dragged.mean_distance + 0.1

    @pytest.mark.parametrize("way", [26, 64, 128])
    @pytest.mark.parametrize("seed", [3, 11])
    def test_there_and_back_is_the_start(self, lion: Generator, way: float, seed: int) -> None:
        random = torch.Generator().manual_seed(seed)
        w_plus = lion.draw(1, random)
        before = render(lion, w_plus)
        nose = Reader.load().read(before * 2 - 1).points[0, NOSE : NOSE + 1]
        aside = 1.0 if float(nose[0, 0]) < SIDE / 2 else -1.0
        far = (nose + torch.tensor([[aside * way, 0.3 * way]])).clamp(0, SIDE - 1)
        search = search_of(lion, w_plus, nose)
        pull(search, nose, far)
        assert difference(render(lion, search.standing.w_plus), before) > 3
        pull(search, far, nose)
        assert difference(render(lion, search.standing.w_plus), before) < 1

    def test_a_flick_back_is_one_step(self, lion: Generator, w_plus: torch.Tensor) -> None:
        search = search_of(lion, w_plus, CHIN)
        pull(search, CHIN, DOWN)
        search.aim(CHIN)
        assert search.advance().mean_distance < 0.5
        assert torch.equal(search.standing.w_plus, w_plus)

    def test_a_place_that_shows_the_handle_elsewhere_now_is_forgotten(
        self, lion: Generator, w_plus: torch.Tensor
    ) -> None:
        search = search_of(lion, w_plus, CHIN)
        search.aim(DOWN)
        search.advance()
        left = search.standing.mean_distance
        search._trail.add(search._trail.first.x, DOWN)
        assert search.advance().mean_distance < left
        rest(search)
        assert search.standing.arrived

    def test_a_handle_that_is_lost_is_found_when_the_hand_goes_back(
        self, lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        search = search_of(lion, w_plus, CHIN)
        pull(search, CHIN, CHIN + torch.tensor([[0.0, 8.0]]))
        seen = search.standing
        with monkeypatch.context() as patch:
            patch.setattr(gauss_newton, "LOST", 0.0)  # from here on nothing is found again
            search.aim(DOWN)
            for _ in range(6):
                if not search.ended:
                    last = search.advance()
            assert search.ended
            assert last.lost
            assert torch.equal(search.standing.w_plus, seen.w_plus)
        near = CHIN + torch.tensor([[0.0, 3.0]])
        pull(search, DOWN, near)
        assert search.standing.arrived
        assert search.lost == (False,)

    def test_the_way_does_not_matter(self, lion: Generator, w_plus: torch.Tensor) -> None:
        straight, round_about = (search_of(lion, w_plus, CHIN) for _ in range(2))
        pull(straight, CHIN, DOWN)
        aside = CHIN + torch.tensor([[40.0, -10.0]])
        pull(round_about, CHIN, aside)
        pull(round_about, aside, DOWN)
        pictures = [render(lion, s.standing.w_plus) for s in (straight, round_about)]
        start = render(lion, w_plus)
        assert difference(*pictures) < 0.3 * difference(pictures[0], start)

    def test_points_come_and_go(self, lion: Generator, w_plus: torch.Tensor) -> None:
        search = search_of(lion, w_plus, CHIN)
        pull(search, CHIN, DOWN)
        before = search.standing
        ear = torch.tensor([EAR])
        search.regrip([0, None], torch.cat([CHIN, ear]))
        # Nothing has changed, and the chin is still looked for as it was pressed.
        assert torch.equal(search.standing.w_plus, before.w_plus)
        torch.testing.assert_close(search.standing.handle_points[:1], before.handle_points)
        torch.testing.assert_close(search.standing.handle_points[1:], ear)
        torch.testing.assert_close(search.start_points, torch.cat([CHIN, ear]))
        assert search.ended
        lifted = ear + torch.tensor([[0.0, -8.0]])
        pull(search, torch.cat([DOWN, ear]), torch.cat([DOWN, lifted]))
        both = search.standing
        assert both.mean_distance < 2.5
        search.regrip([1], lifted)
        torch.testing.assert_close(search.standing.handle_points, both.handle_points[1:])
        pull(search, lifted, ear)
        assert search.standing.mean_distance < 1.5

    def test_letting_go_tries_the_straight_way_too(
        self, lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        search = search_of(lion, w_plus, CHIN)
        with monkeypatch.context() as patch:
            patch.setattr(gauss_newton, "LOST", 0.0)
            pull(search, CHIN, DOWN)  # it stays where it is
        stuck = search.standing
        assert not stuck.arrived
        steps = list(search.settle())
        assert steps[-1].arrived
        assert search.standing.arrived
        assert list(search.settle()) == []  # it has arrived

    def test_the_straight_way_is_as_long_as_a_drag_may_be(
        self, lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = drag_config(max_steps=3)
        problem = DragProblem.check(lion, w_plus, CHIN, CHIN, None, config, live=True)
        search = Approach(problem, 0.2, levels.levels(lion, problem.config))
        with monkeypatch.context() as patch:
            patch.setattr(gauss_newton, "LOST", 0.0)
            pull(search, CHIN, DOWN)
        assert len(list(search.settle())) == 3

    @pytest.mark.parametrize("seed", [2, 7])
    def test_after_a_pull_too_fast_it_ends_where_a_drag_ends(
        self, lion: Generator, seed: int
    ) -> None:
        random = torch.Generator().manual_seed(seed)
        w_plus = lion.draw(1, random)
        nose = Reader.load().read(render(lion, w_plus) * 2 - 1).points[0, NOSE : NOSE + 1]
        far = (nose + torch.tensor([[-90.0, 25.0]])).clamp(0, SIDE - 1)
        search = search_of(lion, w_plus, nose)
        pull(search, nose, far, ticks=6)
        search._length = 1 / 4  # as it is where no step came nearer
        for _ in search.settle():
            pass
        *_, dragged = drag(lion, w_plus, nose, far)
        assert search.standing.mean_distance <= dragged.mean_distance + 0.1

    def test_what_letting_go_does_not_better_stays(
        self, lion: Generator, w_plus: torch.Tensor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        apart = torch.cat([CHIN, CHIN + 1])
        search = search_of(lion, w_plus, apart)
        pull(search, apart, apart + torch.tensor([[-20.0, 0.0], [20.0, 0.0]]))
        before = search.standing
        assert not before.arrived
        steps = search.settle()
        next(steps)
        steps.close()  # cut short after its first step, which is near the start
        assert search.standing.mean_distance <= before.mean_distance

    def test_targets_outside_are_at_the_border(self, lion: Generator, w_plus: torch.Tensor) -> None:
        search = search_of(lion, w_plus, CHIN)
        search.aim(torch.tensor([[-40.0, 999.0]]))
        assert search.target_points.tolist() == [[0.0, SIDE - 1.0]]


class TestTrail:
    def test_the_nearest_known_place_if_it_is_near_enough(self) -> None:
        trail = Trail(apart=5.0)
        for x in (0.0, 3.0, 6.0, 20.0):
            trail.add(torch.tensor([x]), torch.tensor([[x, 0.0]]))
        target = torch.tensor([[4.0, 0.0]])
        near = trail.nearest(target, within=10.0)
        assert near is not None
        assert near.x.item() == 6.0  # 3 was too near to 0 to be kept
        assert trail.nearest(target, within=2.0) is None
        assert trail.nearest(target, within=-1.0) is None
        first = trail.beginning()
        assert first.nearest(target, within=10.0) is first.first is trail.first

    def test_it_does_not_grow_and_keeps_its_beginning(self) -> None:
        trail = Trail(apart=1.0)
        for x in range(1000):
            trail.add(torch.tensor([x]), torch.tensor([[2.0 * x, 0.0]]))
        assert trail.first.x.item() == 0
        assert len(trail._places) <= MOST
        assert trail._places[-1].seen[0, 0] >= 2 * 900


# -- what the worker runs -------------------------------------------------------------------------


def request_of(layer: Pixels | None = None, **changes: object) -> StartDrag:
    return StartDrag("e", 0, (HANDLE,), (HANDLE,), layer=layer, live=True, **changes)  # type: ignore[arg-type]


def run_of(lion: Generator, state: EditState, request: StartDrag) -> LiveRun:
    return prepared(LiveRun(LiveEdit(lion, state, request), request))


def prepared(live: LiveRun) -> LiveRun:
    assert list(live.prepare()) == []
    return live


def follow(live: LiveRun, *targets: Point, handles: tuple[Point, ...] = (HANDLE,)) -> LiveFrame:
    live.aim(handles, targets)
    for _ in range(60):
        if live.resting:
            return live.frame(7)
        live.step()
    pytest.fail("it does not come to rest")


def mask_of(movable: torch.Tensor) -> Pixels:
    return Pixels(SIDE, SIDE, 1, (movable * 255).to(torch.uint8).numpy().tobytes())


OTHER_MASK = mask_of(torch.ones(SIDE, SIDE))


class TestRun:
    def test_the_result_is_that_of_a_drag(self, lion: Generator, state: EditState) -> None:
        live = run_of(lion, state, request_of(picture(lion, state)))
        assert not live.moved
        frame = follow(live, TARGET)
        assert live.moved
        assert (frame.number, frame.resting, frame.arrived, frame.grips) == (
            7,
            True,
            (True,),
            ("held",),
        )
        assert math.dist(frame.handle_points[0], TARGET) < 2
        for _ in live.settle():  # it spares what it can
            assert live.frame(8).arrived == (True,)
        assert list(live.settle()) == []
        outcome = live.finish(live.reason)
        assert live.reason == "arrived"
        assert outcome.layer == live.picture(live.sides[-1])
        (record,) = outcome.state.drags
        assert record.handle_points[0] == pytest.approx(HANDLE)
        assert record.target_points[0] == pytest.approx(TARGET)
        own = pixels.as_bytes(picture(lion, outcome.state))
        off = (own.float() - pixels.as_bytes(outcome.layer)).abs()
        assert float(off.mean()) < 0.5  # where hardly anything changed, the layer's own pixels stay

    def test_at_rest_grain_and_paint_are_where_they_will_be(
        self, lion: Generator, state: EditState
    ) -> None:
        shown = pixels.as_bytes(picture(lion, state)).float()
        grain = torch.randn(shown.shape, generator=torch.Generator().manual_seed(5)) * 8
        grain[:, 3] = 0
        layer = pixels.from_bytes((shown + grain).round().clamp(0, 255).to(torch.uint8))
        live = run_of(lion, state, request_of(layer))
        follow(live, TARGET)
        seen, smooth = live.picture(live.sides[-1]), live._canvas._picture(live._last.w_plus)
        off = pixels.as_bytes(seen)[:, :3].float() - smooth * 255
        assert float(off.std()) > 6
        assert live.finish(live.reason).layer == seen

    def test_back_at_the_press_nothing_was_meant(self, lion: Generator, state: EditState) -> None:
        live = run_of(lion, state, request_of())
        follow(live, TARGET)
        follow(live, HANDLE)
        assert not live.moved

    def test_targets_outside_of_the_layer_are_told(self, lion: Generator, state: EditState) -> None:
        live = run_of(lion, state, request_of())
        live.aim((HANDLE,), ((-1000.0, 5.0),))
        assert live.frame(1).target_points == ((0.0, 5.0),)

    def test_a_press_on_the_background_is_told(self, lion: Generator, state: EditState) -> None:
        corner: Point = (8.0, 8.0)
        request = StartDrag("e", 0, (HANDLE, corner), (HANDLE, corner), live=True)
        live = run_of(lion, state, request)
        assert live.frame(0).grips == ("held", "flat")
        live.aim((corner, HANDLE, EAR), (corner, HANDLE, EAR))
        assert live.frame(0).grips == ("flat", "held", "held")

    def test_handles_are_pressed_inside(self, lion: Generator, state: EditState) -> None:
        with pytest.raises(BadInput, match="outside the picture"):
            run_of(lion, state, StartDrag("e", 0, ((900.0, 1.0),), (HANDLE,), live=True))

    def test_a_mask_holds_to_the_pixel(self, lion: Generator, state: EditState) -> None:
        layer, movable = picture(lion, state), below_the_eyes()
        live = run_of(lion, state, request_of(layer, movable_mask=mask_of(movable)))
        follow(live, TARGET)
        before, after = pixels.as_bytes(layer), pixels.as_bytes(live.finish("stopped").layer)
        held = movable == 0
        assert torch.equal(before[0, :, held], after[0, :, held])
        assert not torch.equal(before[0, :, ~held], after[0, :, ~held])


class TestOpenEdit:
    """What stays open from one press to the next shows what a new one would."""

    @pytest.mark.parametrize("masked", [False, True])
    def test_the_next_press_is_on_the_result(
        self, lion: Generator, state: EditState, masked: bool
    ) -> None:
        mask = mask_of(below_the_eyes()) if masked else None
        first = request_of(picture(lion, state), movable_mask=mask)
        edit = LiveEdit(lion, state, first)
        live = prepared(LiveRun(edit, first))
        follow(live, TARGET)
        outcome = live.finish(live.reason)
        live.go_on()
        kept = EditState.from_json(outcome.state.to_json())
        second = request_of(outcome.layer, movable_mask=mask)
        assert edit.is_of(lion, kept, second)
        assert not edit.is_of(lion, state, first)
        assert not edit.is_of(lion, kept, request_of(picture(lion, state), movable_mask=mask))
        assert not edit.is_of(lion, kept, request_of(outcome.layer, movable_mask=OTHER_MASK))
        again, anew = prepared(LiveRun(edit, second)), run_of(lion, kept, second)
        for run in (again, anew):
            follow(run, (HANDLE[0] + 4, HANDLE[1] + 6))
        assert again.frame(1) == anew.frame(1)
        assert again.picture(64) == anew.picture(64)
        assert again.finish("stopped").layer == anew.finish("stopped").layer

    def test_a_press_on_the_same_picture_makes_no_weights_and_no_metric_anew(
        self, lion: Generator, state: EditState, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = request_of(movable_mask=mask_of(below_the_eyes()))
        edit = LiveEdit(lion, state, first)
        follow(prepared(LiveRun(edit, first)), TARGET)

        def refuse(*_: object, **__: object) -> None:
            pytest.fail("made anew")

        with monkeypatch.context() as patch:
            patch.setattr(handle_tracker, "sight", refuse)
            patch.setattr(footing, "Stillness", refuse)
            patch.setattr(footing, "Beginning", refuse)
            prepared(LiveRun(edit, first))


class TestSketches:
    @pytest.mark.parametrize("scale", [1, 2])
    def test_small_pictures_show_the_large_one(
        self, lion: Generator, state: EditState, scale: int
    ) -> None:
        shown = pixels.as_bytes(picture(lion, state))
        layer = pixels.from_bytes(shown.repeat_interleave(scale, 2).repeat_interleave(scale, 3))
        live = run_of(lion, state, request_of(layer))
        follow(live, TARGET)
        whole = pixels.as_bytes(live.picture(SIDE * scale)).float()
        start = pixels.as_bytes(layer).float()
        assert list(live.sides) == [64, 128, *([256] if scale == 2 else []), SIDE * scale]
        for side in live.sides[:-1]:
            small = live.picture(side)
            assert (small.width, small.height) == (side, side)
            size = (side, side)
            wanted, before = (
                functional.interpolate(image, size, mode="bilinear", antialias=True)
                for image in (whole, start)
            )
            off = (pixels.as_bytes(small) - wanted).abs().mean()
            assert float(off) < 4
            assert float(off) < 0.8 * float((wanted - before).abs().mean())

    def test_before_anything_moves_they_are_the_layer(
        self, lion: Generator, state: EditState
    ) -> None:
        layer = picture(lion, state)
        canvas = Canvas(lion, state, layer, None)
        for sketch in sketches(canvas, FrozenSynthesis(lion)):
            small = pixels.as_bytes(sketch.show(canvas.w_plus)).float()
            size = (sketch.side, sketch.side)
            wanted = functional.interpolate(
                pixels.as_bytes(layer).float(), size, mode="bilinear", antialias=True
            )
            torch.testing.assert_close(small, wanted, rtol=0, atol=1.01)

    @pytest.mark.parametrize("masked", [False, True])
    def test_what_the_search_knows_is_not_computed_again_and_shows_the_same(
        self, lion: Generator, state: EditState, masked: bool
    ) -> None:
        mask = mask_of(below_the_eyes()) if masked else None
        request = request_of(movable_mask=mask)
        edit = LiveEdit(lion, state, request)
        live = prepared(LiveRun(edit, request))
        follow(live, TARGET)
        assert len(live._approach.whole) >= 4
        for side, sketch in edit.sketches.items():
            anew = pixels.as_bytes(sketch.show(live._last.w_plus)).float()
            off = (pixels.as_bytes(live.picture(side)) - anew).abs()
            assert float(off.max()) <= 1

    def test_what_a_mask_holds_is_the_layer_s(self, lion: Generator, state: EditState) -> None:
        layer, movable = picture(lion, state), below_the_eyes()
        live = run_of(lion, state, request_of(layer, movable_mask=mask_of(movable)))
        before = {side: live.picture(side) for side in live.sides}
        follow(live, TARGET)
        for side in live.sides[:-1]:
            held = functional.interpolate(movable[None, None], (side, side), mode="area")[0, 0] == 0
            small, was = pixels.as_bytes(live.picture(side)), pixels.as_bytes(before[side])
            assert torch.equal(small[0, :, held], was[0, :, held])


def test_smooth_shading_is_flat_and_texture_is_not() -> None:
    y, x = torch.meshgrid(torch.linspace(0, 1, 64), torch.linspace(0, 1, 64), indexing="ij")
    shaded = torch.stack([x, y, 0.5 * x])[None]
    random = torch.Generator().manual_seed(0)
    grain = torch.randn(1, 3, 64, 64, generator=random) / 255
    points = torch.tensor([[10.0, 10.0], [63.0, 0.0]])
    assert flat(shaded + grain, points) == [True, True]
    assert flat(shaded + 4 * grain, points) == [False, False]
