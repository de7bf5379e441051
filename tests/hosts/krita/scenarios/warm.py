"""The first start of a home folder."""

from __future__ import annotations

from tests.hosts.krita.scene import Scene, Steps


def leave(scene: Scene) -> Steps:
    yield 2
