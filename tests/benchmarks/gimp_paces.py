"""GIMP as a user meets it: what the screen shows, and how long GIMP takes for an answer."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from PIL import Image

from draggan_server.host import settings
from tests.benchmarks.besides import ROUNDS, besides
from tests.benchmarks.figure import Figure
from tests.hosts.gimp.gimp_host import GimpHost, GimpSession
from tests.hosts.gimp.screen import Screen, Window, virtual_screen
from tests.hosts.system import gimp_system

_MAIN, _DIALOG = "backdrop.*GIMP", "Drag points"
_CHIN, _BROW = (296, 425), (165, 145)
"""Places of the dialog: where a lion is pulled, and where that is seen without the mouse."""
_DOWN = 40
_STEPS, _STEP_SECONDS = 120, 1 / 60
_END_SECONDS = 4.0
"""In which a result comes into the image once the hand has let go."""
_ASIDE = (560, 440)
"""Of the screen: where the dialog leaves the upper part of the image free."""
_FREE = (560, 330)
"""Of the main window: there the image is seen."""
_MOVES, _MOVE_SECONDS = 100, 0.01
_PAINT, _PULL = 1, 2  # buttons of the mouse


_SIZE = (640, 480)


def gimp_figures(home: Path, environment: dict[str, str], side: int | None) -> list[Figure]:
    """In an image of that side, or of a usual size. Raises `HostsMissing` where there is no
    GIMP."""
    gimp = GimpHost(gimp_system(), home)
    gimp.warm_up()
    remembered = Path(environment["DRAGGAN_CONNECTION_FILE"]).with_name(settings.FILE_NAME)
    settings.remember(remembered, live=True, in_image=False)
    backdrop = home / "backdrop.png"
    Image.new("RGB", (side, side) if side else _SIZE, (196, 214, 232)).save(backdrop)
    with (
        virtual_screen(gimp.command, home) as screen,
        gimp.session(screen, backdrop, environment) as session,
    ):
        screen.enlarge(screen.wait_for(_MAIN))
        session.ask("call('sample', opened(), [], seed=8).ok", timeout=120)
        _open(screen)  # Python's files are read once
        screen.press_until_gone(_DIALOG, "alt+c")
        figures = [_menu_to_dialog(screen)]
        dialog = screen.wait_for(_DIALOG)
        _pull(screen, dialog, 3)  # the model is prepared for its first drag
        time.sleep(3.0)
        _take_back(screen)
        figures += [_press_to_frame(screen, dialog), _frames(screen, dialog, "the dialog")]
        screen.key(dialog, "alt+i")
        time.sleep(0.5)
        figures += [_answers(screen, session, dialog), _end(screen, session, dialog)]
        plug_in = str(gimp.plug_ins / "draggan")
        figures += [_layer(session, plug_in), _overlay(session, plug_in)]
        screen.key(dialog, "alt+i")
        screen.press_until_gone(_DIALOG, "alt+c")
        figures += _rounds(screen, session)
    return figures


def _open(screen: Screen) -> None:
    screen.key(screen.wait_for(_MAIN), "ctrl+alt+g")
    screen.run("xdotool", "search", "--sync", "--onlyvisible", "--name", _DIALOG)


def _menu_to_dialog(screen: Screen) -> Figure:
    main = screen.wait_for(_MAIN)
    screen.run("xdotool", "windowactivate", "--sync", main.id)
    began = time.monotonic()
    # By itself xdotool looks for a window every half second.
    look = f"until xdotool search --onlyvisible --name '{_DIALOG}'; do sleep 0.01; done"
    screen.run("sh", "-c", f"xdotool key ctrl+alt+g; {look}")
    return Figure("GIMP", "menu to dialog", time.monotonic() - began, "s", 1.0)


def _pull(screen: Screen, dialog: Window, down: int) -> None:
    screen.pull(dialog, *((_CHIN[0], _CHIN[1] + y) for y in range(down + 1)))


def _take_back(screen: Screen) -> None:
    screen.run("xdotool", "key", "Escape")
    screen.let_go()
    time.sleep(1.0)


def _press_to_frame(screen: Screen, dialog: Window) -> Figure:
    screen.move(dialog, _CHIN)
    with screen.ready_hand() as do, screen.filmed(dialog, _BROW, (60, 40)) as film:
        time.sleep(0.2)
        began = time.monotonic()
        do("mousedown 1 mousemove_relative 0 12")
        time.sleep(2.0)
        seen = film.times[0] - began
    _take_back(screen)
    return Figure("GIMP", "press to first picture", 1000 * seen, "ms", 180)


def _hand_moves(screen: Screen, dialog: Window) -> None:
    """Down and up again, 60 places a second."""
    moves: list[str] = []
    for step in range(_STEPS):
        way = "1" if step < _STEPS / 2 else "-1"
        moves += ["mousemove_relative", "--", "0", way, "sleep", f"{_STEP_SECONDS:.4f}"]
    x, y = map(str, _CHIN)
    screen.run("xdotool", "mousemove", "--window", dialog.id, x, y, "mousedown", "1", *moves)


def _frames(screen: Screen, dialog: Window, where: str) -> Figure:
    with screen.filmed(dialog, _BROW, (60, 40)) as film:
        began = time.monotonic()
        _hand_moves(screen, dialog)
        rate = film.frames / (time.monotonic() - began)
    _take_back(screen)
    return Figure("GIMP", f"pictures a second in {where}", rate, "", 12, rising=True)


def _answers(screen: Screen, session: GimpSession, dialog: Window) -> Figure:
    """GIMP is asked again and again while its image shows the picture that follows."""
    moving = threading.Thread(target=_hand_moves, args=(screen, dialog))
    moving.start()
    longest = session.ask(f"paces.longest_answer({_STEPS * _STEP_SECONDS})")
    moving.join()
    _take_back(screen)
    return Figure("GIMP", "longest answer meanwhile", 1000 * longest, "ms", 50)


def _end(screen: Screen, session: GimpSession, dialog: Window) -> Figure:
    """And while a result comes into the image, by a hand that lets go."""
    layers = session.ask("len(opened().get_layers())")
    _pull(screen, dialog, 12)
    time.sleep(1.0)
    letting_go = threading.Timer(0.2, screen.let_go)
    letting_go.start()
    longest = session.ask(f"paces.longest_answer({_END_SECONDS})")
    letting_go.join()
    session.wait_until(f"len(opened().get_layers()) == {layers} + 1")
    session.wait_until("(state(opened().get_layers()[0]) or {}).get('drags')")
    return Figure("GIMP", "longest answer at the end of a drag", 1000 * longest, "ms", 50)


def _layer(session: GimpSession, plug_in: str) -> Figure:
    seconds = session.ask(f"paces.layer_in_and_out({plug_in!r})", timeout=60)
    return Figure("GIMP", "layer of 512 px in and out", 1000 * seconds, "ms", 50)


def _overlay(session: GimpSession, plug_in: str) -> Figure:
    rate = session.ask(f"paces.overlay({plug_in!r})", timeout=60)
    return Figure("GIMP", "overlay of 1024 px, a second", rate, "", 30, rising=True)


def _rounds(screen: Screen, session: GimpSession) -> list[Figure]:
    """What is not ours, without us the dialog is closed, beside us it is open with points set."""
    took: dict[str, dict[str, list[float]]] = {
        how: {"a stroke": [], "a pan": []} for how in ("without", "beside")
    }
    session.ask("opened().set_selected_layers(opened().get_layers()[-1:])")  # the backdrop
    screen.key(screen.wait_for(_MAIN), "p")
    for _ in range(ROUNDS):
        for how, acts in took.items():
            if how == "beside":
                session.ask("opened().set_selected_layers(opened().get_layers()[:1])")
                _open(screen)
                dialog = screen.wait_for(_DIALOG)
                screen.run("xdotool", "windowmove", "--sync", dialog.id, *map(str, _ASIDE))
                session.ask("opened().set_selected_layers(opened().get_layers()[-1:])")
            acts["a stroke"].append(_act(screen, session, _PAINT))
            acts["a pan"].append(_act(screen, session, _PULL))
            screen.key(screen.wait_for(_MAIN), "ctrl+z")
            if how == "beside":
                screen.press_until_gone(_DIALOG, "alt+c")
    return besides("GIMP", took["without"], took["beside"])


def _act(screen: Screen, session: GimpSession, button: int) -> float:
    """Seconds that GIMP took for an answer at the mean, while the mouse was pressed in the image,
    moved there and back, and let go."""
    moves: list[str] = []
    for move in range(_MOVES):
        way = "3" if move < _MOVES / 2 else "-3"
        moves += ["mousemove_relative", "--", way, "0", "sleep", str(_MOVE_SECONDS)]
    main = screen.wait_for(_MAIN)
    screen.hover(main, _FREE)
    session.ask("opened().clean_all()")
    moving = threading.Thread(
        target=screen.run,
        args=("xdotool", "mousedown", str(button), *moves, "mouseup", str(button)),
    )
    moving.start()
    seconds = float(session.ask(f"paces.seconds_of_an_answer({2 * _MOVES * _MOVE_SECONDS})"))
    moving.join()
    if session.ask("opened().is_dirty()") != (button == _PAINT):
        raise RuntimeError("the mouse did not do in the image what it was to do")
    return seconds
