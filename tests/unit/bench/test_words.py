"""What the commands offer is what the bench can do."""

from __future__ import annotations

from draggan_server.bench import words
from draggan_server.bench.inversion.measure import PROJECTION, PTI
from draggan_server.bench.quality.way_drags import SUBJECTS
from draggan_server.bench.speed.step import CHANNELS
from draggan_server.editing.inversion.inversion import EFFORTS


def test_every_word_is_known() -> None:
    assert tuple(subject.name for subject in SUBJECTS) == words.WAY_SUBJECTS
    assert tuple(CHANNELS) == words.RESOLUTIONS
    qualities = dict.fromkeys(method.removesuffix(words.MARKED) for method in words.INVERSIONS)
    assert (*qualities,) == (*EFFORTS, PROJECTION, PTI)
