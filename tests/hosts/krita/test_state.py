"""The window about the state of things in a real Krita: what it says, faults, and a restart."""

from __future__ import annotations

import sys

import pytest

from draggan_server import __version__
from tests.hosts import restarted
from tests.hosts.krita.krita_host import KritaHost
from tests.hosts.library import Library

pytestmark = pytest.mark.krita


@pytest.mark.parametrize(
    ("language", "title", "runs", "sought"),
    [
        ("en", "State of DragGAN", "runs: version", "plug-in for GIMP"),
        ("de", "Zustand von DragGAN", "läuft: Version", "Plug-in für GIMP"),
    ],
)
def test_the_daemon_is_restarted_without_a_terminal(
    krita: KritaHost, library: Library, language: str, title: str, runs: str, sought: str
) -> None:
    connection = library.home / "connection.json"
    first = restarted.pid_of(connection)
    said = krita.run(
        "state:all_in_turn",
        {"language": language},
        {**library.environment, "LANGUAGE": language},
        seconds=150,
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
    assert runs in said["daemon again"]
    assert "fake" not in said["workers again"]
    assert second not in (None, first)
    assert said["closed by its button"]
    assert said["from the docker"] == title
