"""A touch screen and a pen of the X server's in real Krita."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.hosts.krita.krita_host import KritaHost, environment
from tests.hosts.touch_screen import TouchScreen, touch_screen

pytestmark = pytest.mark.krita


@pytest.fixture
def touched(krita: KritaHost) -> Iterator[TouchScreen]:
    if krita.system.which("Xorg") is None:
        if os.environ.get("CI"):
            pytest.fail("In CI touch must be tried: Krita is here, but not Xorg.")
        pytest.skip("left out: xserver-xorg-core and xserver-xorg-video-dummy are not here")

    def command(argv: Sequence[str], variables: Mapping[str, str]) -> list[str]:
        return krita.system.command(argv, {**environment(""), **variables}, [krita.folder])

    with touch_screen(command, krita.folder) as screen:
        yield screen


def test_fingers_and_a_pen(krita: KritaHost, touched: TouchScreen) -> None:
    there = dataclasses.replace(krita, display=touched.name)
    given = {"fingers": str(touched.fingers), "pen": str(touched.pen)}
    said = there.run("touch:fingers_and_pen", given)
    assert said["cursor"] == 2  # Qt's cross
    ((handle, target),) = said["pulled"]
    assert math.dist(handle, (100, 60)) < 1
    assert math.dist(target, (150, 80)) < 1
    # Two fingers zoom and move Krita's canvas, and what one of them has begun is given up.
    zoomed, _dx, _dy = said["apart"]
    assert 2 < zoomed <= 3
    alike, dx, dy = said["together"]
    assert alike == pytest.approx(1, abs=0.05)
    assert dy < -100  # how far exactly depends on which of the fingers' moves Krita puts together
    assert abs(dx) < -dy / 3
    assert said["pulled then"] == said["pulled"]
    assert said["heard of the pen"] == ["move", "press", "release"]
    ((handle, target),) = said["pulled by pen"]
    assert math.dist(handle, (60, 60)) < 1
    assert math.dist(target, (110, 80)) < 1
    straight, tilted = said["tilted"]
    assert [[x, y + 100] for x, y in straight] == tilted
    assert said["hover"]
    assert all(math.dist(centre, said["hover is at"]) < 1 for centre in said["hover"])
    assert said["untouched"]
