"""The plug-in where another `draggan_server` stands first on the path of every Python."""

from __future__ import annotations

import importlib.util

from document import new_image, sample


def case_the_plug_in_works() -> None:
    found = importlib.util.find_spec("draggan_server")
    assert found is not None
    assert "foreign" in found.origin, found.origin
    image = new_image()
    layer = sample(image)
    assert image.get_layers() == [layer]
