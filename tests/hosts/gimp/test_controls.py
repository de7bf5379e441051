"""What the dialogs offer beside the picture, each used by a click in a real GIMP: the grid of
samples, the brush and options; and what of it is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from draggan_server.host import settings
from draggan_server.host.sentences import said
from tests.hosts.gimp.drag_window import SIDE, TITLE, forgotten, lion_in_gimp, settings_of
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen
from tests.hosts.gimp.watched import Watched
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

SAMPLE, MODELS = "^New picture$", "^Models$"
LAYER = "opened().get_layers()[0]"
ONCE, OTHER = (60.0, 60.0), (190.0, 60.0)
PAGE = 12
GRAIN = Image.fromarray(np.random.default_rng(3).integers(0, 256, (1200, 1600, 3), np.uint8))
"""Of which every part is another one, and larger than any dialog shows."""
LAST = 2 * PAGE - 1


@pytest.fixture(scope="module")
def watched(gimp: GimpHost) -> Watched:
    return Watched(gimp.home / "watched-controls")


@pytest.fixture(scope="module")
def session(
    gimp: GimpHost, screen: Screen, daemon: dict[str, str], watched: Watched
) -> Iterator[GimpSession]:
    settings.remember(settings_of(daemon), live=False, options=False)
    environment = {**daemon, **watched.environment}
    with lion_in_gimp(gimp, screen, environment, "controls", GRAIN) as session:
        yield session
    settings_of(daemon).unlink()
    settings.remember(settings_of(daemon), live=False)


def open_dialog(screen: Screen, keys: str, title: str) -> None:
    screen.key(screen.wait_for("controls.*GIMP"), keys)
    screen.wait_for(title)


def test_a_sample_is_picked_by_likeness_and_between_two(
    screen: Screen, session: GimpSession, watched: Watched, pictures: Path
) -> None:
    def samples() -> list[str]:
        """Those that there are now, in their order."""
        return [cell.name for cell in watched.cells(SAMPLE)]

    def scroll_until(done: Callable[[], bool]) -> None:
        """Turn the wheel over the grid."""

        def turned() -> bool:
            cells = (one for one in watched.controls(SAMPLE) if one.seen and "Seed " in one.name)
            if not done() and (cell := next(cells, None)):  # they move as the dialog is enlarged
                place = str(cell.box.left + 20), str(cell.box.top + 20)
                screen.run("xdotool", "mousemove", *place, "click", "5", "sleep", "0.4")
            return done()

        wait_until(turned, 60)

    def ask_for_more() -> None:
        scroll_until(lambda: len(samples()) > PAGE)
        wait_until(lambda: len(samples()) % PAGE == 0, 60)

    def in_sight(name: str) -> bool:
        return any(one.seen for one in watched.controls(SAMPLE) if one.name == name)

    def value(name: str) -> float:
        return float(watched.wait_for(SAMPLE, name).value)

    open_dialog(screen, "ctrl+alt+n", SAMPLE)
    watched.click(screen, SAMPLE, "Pick one")
    wait_until(lambda: samples() == [f"Seed {seed}" for seed in range(PAGE)], 60)
    ask_for_more()
    screen.shoot(pictures / "52-more-samples.png")
    screen.enlarge(screen.wait_for(SAMPLE))
    scroll_until(lambda: in_sight(f"Seed {LAST}"))
    watched.click(screen, SAMPLE, f"Seed {LAST}")
    wait_until(lambda: value("Seed:") == LAST)
    watched.click(screen, SAMPLE, "All seeds")
    wait_until(lambda: samples() == [f"Seed {seed}" for seed in range(PAGE)], 60)
    watched.click(screen, SAMPLE, "Seed 1")
    wait_until(lambda: value("Seed:") == 1)

    watched.click(screen, SAMPLE, "Between two")
    wait_until(lambda: len(samples()) == PAGE and samples()[-1] == "Seed 1", 60)
    assert samples()[0] == f"Seed {LAST}"
    assert all("% of seed " in one for one in samples()[1:-1])
    screen.shoot(pictures / "53-between-two.png")
    watched.click(screen, SAMPLE, "All seeds")
    wait_until(lambda: samples() == [f"Seed {seed}" for seed in range(PAGE)], 60)
    ask_for_more()  # though there is nothing to be scrolled
    watched.click(screen, SAMPLE, "All seeds")
    wait_until(lambda: samples() == [f"Seed {seed}" for seed in range(PAGE)], 60)
    watched.click(screen, SAMPLE, "Seed 3")
    watched.click(screen, SAMPLE, "More like it")
    wait_until(lambda: len(samples()) == PAGE and "% of seed 3" in samples()[1], 60)
    assert samples()[0] == "Seed 3"

    watched.click(screen, SAMPLE, "All seeds")
    wait_until(lambda: samples()[1:2] == ["Seed 1"], 60)
    usual = value("Truncation:")
    box = watched.wait_for(SAMPLE, "Truncation:").box
    place = str(box.left + box.width // 5), str(box.top + box.height // 2)
    screen.run("xdotool", "mousemove", *place, "click", "1")
    wait_until(lambda: value("Truncation:") < usual)
    wait_until(lambda: len(samples()) == PAGE, 60)
    watched.click(screen, SAMPLE, "Seed 2")
    wait_until(lambda: value("Seed:") == 2)
    truncation = value("Truncation:")
    watched.click(screen, SAMPLE, "Create layer")
    session.wait_until("len(opened().get_layers()) == 3")
    content = session.ask(f"state({LAYER})['content']")
    assert (content["seed"], content["truncation_psi"]) == (2, pytest.approx(truncation))
    session.ask(f"opened().remove_layer({LAYER})")


def test_the_brush_and_the_options(
    screen: Screen,
    session: GimpSession,
    watched: Watched,
    daemon: dict[str, str],
    pictures: Path,
) -> None:
    def number(name: str, value: int) -> None:
        watched.click(screen, TITLE, name)
        screen.run("xdotool", "key", "ctrl+a", *str(value), "Tab")
        wait_until(lambda: watched.wait_for(TITLE, name).value == value)

    def dab(point: tuple[float, float]) -> None:
        box = watched.wait_for(TITLE, "Picture").box
        x, y = (round((value + 0.5) * box.width / SIDE) for value in point)
        place = str(box.left + x), str(box.top + y)
        screen.run("xdotool", "mousemove", *place, "sleep", "0.1", "click", "1")

    open_dialog(screen, "ctrl+alt+g", TITLE)
    screen.enlarge(screen.wait_for(TITLE))  # so that all is in sight
    watched.click(screen, TITLE, "Brush")
    number("Size:", 40)
    number("Hardness:", 100)
    dab(ONCE)
    number("Hardness:", 0)
    dab(OTHER)
    number("Size:", 20)
    number("Hardness:", 100)
    watched.click(screen, TITLE, "Erase")
    dab(ONCE)
    screen.shoot(pictures / "54-brush.png")
    watched.click(screen, TITLE, "Options")
    assert watched.wait_for(TITLE, "Max. steps:").tip.startswith("The drag ends after")
    for option in ("Result", "Method", "Quality", "Reset"):
        assert watched.wait_for(TITLE, option).tip
    number("Max. steps:", 77)
    watched.click(screen, TITLE, "Reset")
    wait_until(
        lambda: watched.wait_for(TITLE, "Max. steps:").value == settings.Settings().max_steps
    )
    watched.click(screen, TITLE, "Close")
    wait_until(lambda: screen.find(TITLE) is None)
    mask = session.ask(f"kept_mask({LAYER})")

    def painted(point: tuple[float, float], aside: int) -> int:
        return int(mask[int(point[1])][int(point[0]) + aside])

    assert [painted(ONCE, aside) for aside in (0, 15, 25)] == [0, 255, 0]
    assert painted(OTHER, 0) > 250
    assert 60 < painted(OTHER, 10) < 195

    remembered = settings.load(settings_of(daemon))
    assert (remembered.brush_size, remembered.brush_hardness) == (20, 100)
    assert remembered.options
    open_dialog(screen, "ctrl+alt+g", TITLE)
    watched.wait_for(TITLE, "Max. steps:")  # the options are unfolded as they were
    watched.click(screen, TITLE, "Close")
    wait_until(lambda: screen.find(TITLE) is None)


def test_100_percent_and_fit(
    screen: Screen,
    session: GimpSession,
    watched: Watched,
    daemon: dict[str, str],
    pictures: Path,
) -> None:
    """In the middle of the picture, beside the frame's lines: the image's own pixels, or fewer."""
    middle = slice(560, 640), slice(760, 840)
    wanted = np.asarray(GRAIN)[middle].astype(int)

    def shown(name: str) -> np.ndarray:
        screen.shoot(pictures / name)
        box = watched.wait_for(TITLE, "Picture").box
        left, top = box.left + box.width // 2 - 60, box.top + box.height // 2 - 60
        with Image.open(pictures / name) as picture:
            return np.asarray(picture.convert("RGB").crop((left, top, left + 120, top + 120)))

    def found(name: str) -> bool:
        seen = shown(name).astype(int)
        height, width = wanted.shape[:2]
        places = [(y, x) for y in range(121 - height) for x in range(121 - width)]
        first = wanted[0, 0]
        likely = [(y, x) for y, x in places if np.abs(seen[y, x] - first).max() <= 1]
        return any(
            np.abs(seen[y : y + height, x : x + width] - wanted).max() <= 1 for y, x in likely
        )

    session.ask("opened().set_selected_layers(opened().get_layers()[-1:])")
    settings.remember(forgotten(daemon), live=False)  # a model that was used would look at it
    open_dialog(screen, "ctrl+alt+g", TITLE)
    watched.wait_for_text(TITLE, f"^{said.CHOOSE_MODEL.partition('{')[0]}")
    watched.click(screen, TITLE, "100%")
    wait_until(lambda: found("55-full-size.png"), 30)
    watched.click(screen, TITLE, "Fit")
    wait_until(lambda: not found("56-fit.png"), 30)
    watched.click(screen, TITLE, "Close")
    wait_until(lambda: screen.find(TITLE) is None)


def test_what_is_said_of_models(screen: Screen, session: GimpSession, watched: Watched) -> None:
    open_dialog(screen, "ctrl+alt+m", MODELS)
    watched.wait_for_text(MODELS, r"^It lies in .*toy-lion\.safetensors$")
    watched.wait_for_text(MODELS, r"^Your models lie in .*\. They take .*; .* are free\.$")
    tips = {one.name: one.tip for one in watched.controls(MODELS)}
    assert all(tips[name] for name in ("Prepare", "Remove", "Add a file...", "Fetch"))
    watched.click(screen, MODELS, "Close")
    wait_until(lambda: screen.find(MODELS) is None)
