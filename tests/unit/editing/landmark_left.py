"""How far off a drag of one landmark leaves it."""

from __future__ import annotations

from draggan_server.bench.quality import landmark_drags
from draggan_server.bench.quality.landmark_drags import mean_distance, read_landmarks
from draggan_server.bench.quality.trial import run
from draggan_server.bench.quality.variant import Variant
from draggan_server.bench.reader.reader import Reader
from draggan_server.wire.drag_config import drag_config
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks


def left(lion: Generator, reader: Reader, number: int, name: str) -> float:
    """How far off the reader sees that landmark after the drag of that number, px."""
    drawn = landmark_drags.draw(lion, reader, number, 1, masked=False)
    assert landmarks.NAMES[drawn.landmarks[0]] == name
    trial = run(lion, drawn.case, Variant("newton", drag_config()))
    assert trial.arrived
    return mean_distance(read_landmarks(reader, trial.picture, drawn), drawn)
