"""The daemon set up from within Krita, by a plug-in that was unpacked and finds none."""

from __future__ import annotations

import pytest

from tests.hosts.krita.krita_host import BRIGHT, DARK, KritaHost

pytestmark = pytest.mark.krita


@pytest.mark.parametrize(("language", "theme"), [("en", DARK), ("de", BRIGHT)])
def test_the_docker_sets_the_daemon_up_and_removes_it(
    krita: KritaHost, setup_index: dict[str, str], language: str, theme: str
) -> None:
    environment = {**setup_index, "LANGUAGE": language}
    arguments = {"language": language}
    said = krita.run("setup:sets_up", arguments, environment, 300, alone=True, theme=theme)
    assert not said["faults"], "\n".join(said["faults"])
    assert said["before"] is False
    assert said["buttons meanwhile"] == ["setup_pause"]
    assert "4.0 MB (15 files)" in said["question"].replace(
        "4,0 MB (15 Dateien)", "4.0 MB (15 files)"
    )
    assert 0.0 < said["fraction"] <= 1.0
    assert said["command"][1:] == ["-m", "draggan_server", "serve"]
    assert said["buttons when done"] == ["setup_remove"]
    assert said["left"] == []
    assert said["buttons when removed"] == ["set_up", "setup_folder"]
