"""Models of gray pictures and of pictures with alpha, from their checkpoints to every output."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from draggan_server.files.picture import read_picture, to_image
from draggan_server.wire.connector import connect
from draggan_server.wire.messages import ListModels, ModelList
from tests.colour_models import CHANNELS, SIDE, geometry, tensors
from tests.daemon import private_environment, running_daemon
from tests.end_to_end.test_command_line import Command
from tests.unit.stylegan2.checkpoints import nvlabs_writer

DRAG = ("--point", "16,16:16,24", "--max-steps", 3)

pytestmark = pytest.mark.parametrize("name", CHANNELS)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A daemon, and the models added from checkpoints as their training leaves them."""
    home = tmp_path_factory.mktemp("home")
    variables = {**os.environ, **private_environment(home)}
    for name, count in CHANNELS.items():
        module = nvlabs_writer.generator_module(geometry(count), tensors(count))
        (home / f"{name}.pkl").write_bytes(nvlabs_writer.pickle_bytes({"G_ema": module}))
        Command(variables, home)("models", "add", f"{name}.pkl", "--name", name)
    with running_daemon(home) as daemon:
        yield {**variables, **daemon}


@pytest.fixture
def draggan(environment: dict[str, str], tmp_path: Path) -> Command:
    return Command(environment, tmp_path)


def check_colours(image: Image.Image, name: str) -> None:
    """Gray is gray and opaque; alpha is the generator's, not all of it the same."""
    values = np.asarray(image.convert("RGBA"), int)
    assert np.ptp(values[..., 0]) > 50
    if name == "gray":
        assert (values[..., :3] == values[..., :1]).all()
        assert (values[..., 3] == 255).all()
    else:
        assert np.ptp(values[..., 3]) > 100
        assert (values[..., 0] != values[..., 1]).any()


def test_a_drag_goes_on_from_file_to_file(draggan: Command, name: str) -> None:
    draggan("sample", "--model", name, "--seed", 0, "-o", "sample.png")
    sample = read_picture(draggan.folder / "sample.png").image
    assert sample.size == (SIDE, SIDE)
    check_colours(sample, name)
    draggan("drag", "sample.png", *DRAG, "-o", "dragged.ora")
    layer = read_picture(draggan.folder / "dragged.ora")
    check_colours(layer.image, name)
    assert layer.image.tobytes() != sample.tobytes()
    draggan("drag", "dragged.ora", "--point", "30,30:30,20", "--max-steps", 2, "-o", "again.png")
    check_colours(read_picture(draggan.folder / "again.png").image, name)


@pytest.mark.parametrize("ending", [".webp", ".gif"])
def test_an_animation_keeps_what_is_transparent(draggan: Command, name: str, ending: str) -> None:
    draggan("drag", "--model", name, "--seed", 0, *DRAG, "-o", f"a{ending}")
    draggan("drag", "--model", name, "--seed", 0, *DRAG, "-o", "dragged.png")
    draggan("sample", "--model", name, "--seed", 0, "-o", "sample.png")
    with Image.open(draggan.folder / f"a{ending}") as animation:
        frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(animation)]
    for frame, still in ((frames[0], "sample.png"), (frames[-1], "dragged.png")):
        expected = read_picture(draggan.folder / still).image
        alphas = np.asarray(frame.getchannel("A"), int), np.asarray(expected.getchannel("A"), int)
        seen = [alpha > 127 for alpha in alphas]
        assert (seen[0] == seen[1]).mean() > 0.9


def test_lists_show_what_it_looks_like(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DRAGGAN_CONNECTION_FILE", environment["DRAGGAN_CONNECTION_FILE"])
    client = connect(start_daemon=False)
    try:
        listed = client.ask(ListModels())
    finally:
        client.close()
    assert isinstance(listed, ModelList)
    index = [model.name for model in listed.models].index(name)
    thumbnail = listed.thumbnail(index)
    assert thumbnail is not None
    check_colours(to_image(thumbnail), name)


def test_check_says_the_colours(draggan: Command, name: str) -> None:
    home = Path(draggan.environment["HOME"])
    said = draggan("models", "check", home / f"{name}.pkl")
    assert {"gray": "gray", "alpha": "RGB with alpha"}[name] in said
