"""The plug-in where no daemon runs yet."""

from __future__ import annotations

from document import new_image, sample


def case_sample_starts_a_daemon() -> None:
    image = new_image()
    layer = sample(image)
    assert image.get_layers() == [layer]
