"""The window about the state of things in a real Krita: what it says, faults, a restart, and
another machine that computes."""

from __future__ import annotations

import re
import sys

import pytest

from draggan_server import __version__
from draggan_server.wire.invitation import accepted_invitation
from tests.hosts import restarted
from tests.hosts.house import House
from tests.hosts.krita.krita_host import KritaHost
from tests.hosts.library import Library

pytestmark = pytest.mark.krita


@pytest.mark.parametrize(
    ("language", "title", "runs", "sought", "mended", "memory", "ended"),
    [
        (
            "en",
            "State of DragGAN",
            "runs: version",
            "plug-in for GIMP",
            "2 faults were mended.",
            r"Memory: [\d.]+ [MG]B; [\d.]+ [MG]B are free",
            "does not run",
        ),
        (
            "de",
            "Zustand von DragGAN",
            "läuft: Version",
            "Plug-in für GIMP",
            "2 Fehler wurden behoben.",
            r"Speicher: [\d,]+ [MG]B; [\d,]+ [MG]B sind frei",
            "läuft nicht",
        ),
    ],
)
def test_the_daemon_is_restarted_and_another_machine_used_without_a_terminal(
    krita: KritaHost,
    library: Library,
    house: House,
    language: str,
    title: str,
    runs: str,
    sought: str,
    mended: str,
    memory: str,
    ended: str,
) -> None:
    browser, opened = library.home / "browser", library.home / f"opened-{language}"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.new; mv {opened}.new {opened}\n')
    browser.chmod(0o755)
    line = house.keys("add", language)
    taken_back = house.keys("add", f"{language}-2")
    house.keys("revoke", f"{language}-2")
    connection = library.home / "connection.json"
    first = restarted.pid_of(connection)
    said = krita.run(
        "state:all_in_turn",
        {"language": language, "line": line, "taken back": taken_back, "opened": str(opened)},
        {**library.environment, "LANGUAGE": language, "BROWSER": f"{browser} %s"},
        seconds=200,
        daemon_command=(sys.executable, "-m", "draggan_server", "serve"),
    )
    second = restarted.pid_of(connection)
    restarted.end(connection)
    assert said["title"] == title
    assert runs in said["daemon"]
    assert __version__ in said["daemon"]
    assert "fake" in said["workers"]
    assert not said["examine enabled"]
    assert sought in said["found"]  # nobody has installed it in this home
    assert said["mended"].startswith(mended)
    assert said["mend disabled it"]
    assert runs in said["daemon again"]
    assert "fake" not in said["workers again"]
    assert re.search(memory, said["workers again"])
    assert said["log"].startswith("file:///")
    assert said["log"].endswith("/daemon.log")
    assert said["log there"]
    assert ended in said["ended"]
    assert runs in said["started"]
    assert second not in (None, first)
    assert house.address in said["used elsewhere"]
    assert f"{language}/" in house.said()  # the line of its connection
    assert house.address in said["refused"]
    assert said["line stays"] == taken_back
    assert house.address not in said["used here"]
    assert accepted_invitation(connection) is None
    assert said["closed by its button"]
    assert said["from the docker"] == title
