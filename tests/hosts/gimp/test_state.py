"""The dialog about the state of things in a real GIMP: what it says, faults, a restart, and
another machine that computes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from draggan_server.wire.invitation import accepted_invitation
from tests.hosts import restarted
from tests.hosts.gimp.gimp_host import GimpHost
from tests.hosts.gimp.screen import Screen
from tests.hosts.gimp.watched import Watched
from tests.hosts.house import House
from tests.hosts.library import Library
from tests.hosts.pace import pause
from tests.protocol.daemons import wait_until

pytestmark = pytest.mark.gimp

KEYS = {
    "en": {
        "title": "^State of DragGAN$",
        **{"restart": "r", "faults": "f", "close": "c"},
        **{"invitation": "i", "use": "e", "here": "t"},
        **{"examine": "Look for faults", "refused": "does not take your invitation"},
        **{"this machine": "This machine"},
    },
    "de": {
        "title": "^Zustand von DragGAN$",
        **{"restart": "n", "faults": "f", "close": "c"},
        **{"invitation": "e", "use": "v", "here": "r"},
        **{"examine": "Fehler suchen", "refused": "nimmt die Einladung nicht an"},
        **{"this machine": "Dieser Rechner"},
    },
}


@pytest.mark.parametrize("language", KEYS)
def test_the_daemon_is_restarted_and_another_machine_used_without_a_terminal(
    gimp: GimpHost,
    screen: Screen,
    library: Library,
    house: House,
    pictures: Path,
    language: str,
) -> None:
    keys = KEYS[language]
    backdrop = gimp.home / "state.png"
    Image.new("RGB", (320, 240), (196, 214, 232)).save(backdrop)
    connection = library.home / "connection.json"
    first = restarted.pid_of(connection)
    watched = Watched(gimp.home / f"watched-state-{language}")
    environment = {**library.environment, **watched.environment, "LANGUAGE": language}
    with gimp.session(screen, backdrop, environment):
        main = screen.wait_for("state.*GIMP")
        screen.key(main, "ctrl+alt+t")
        dialog = screen.wait_for(keys["title"])
        pause(1.5)
        screen.shoot(pictures / f"34-state-{language}.png")
        screen.key(dialog, f"alt+{keys['faults']}")
        pause(2)
        screen.shoot(pictures / f"35-looking-for-faults-{language}.png")
        assert restarted.pid_of(connection) == first
        watched.wait_for(keys["title"], keys["examine"])
        pause(1)
        screen.shoot(pictures / f"36-faults-{language}.png")
        screen.key(dialog, f"alt+{keys['restart']}")
        wait_until(lambda: restarted.pid_of(connection) not in (None, first), 30)
        pause(4)
        screen.shoot(pictures / f"37-restarted-{language}.png")

        def use(line: str) -> None:
            screen.key(dialog, f"alt+{keys['invitation']}", "ctrl+a")
            screen.run("xdotool", "type", "--delay", "5", line)
            pause(1)
            screen.key(dialog, f"alt+{keys['use']}")

        use(house.keys("add", language))
        wait_until(lambda: house.is_used(connection), 30)
        pause(4)
        screen.shoot(pictures / f"38-another-machine-{language}.png")
        assert f"{language}/" in house.said()  # the line of its connection
        taken_back = house.keys("add", f"{language}-2")
        house.keys("revoke", f"{language}-2")
        used = accepted_invitation(connection)
        use(taken_back)
        watched.wait_for_text(keys["title"], f"{re.escape(house.address)} {keys['refused']}")
        watched.wait_for(keys["title"], keys["this machine"])
        screen.shoot(pictures / f"39-an-invitation-taken-back-{language}.png")
        assert accepted_invitation(connection) == used
        screen.key(dialog, f"alt+{keys['here']}")
        wait_until(lambda: accepted_invitation(connection) is None, 30)
        wait_until(lambda: restarted.pid_of(connection) is not None, 30)
        screen.press_until_gone(keys["title"], f"alt+{keys['close']}")
    restarted.end(connection)
