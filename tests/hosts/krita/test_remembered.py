"""What the docker remembers between uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from draggan_server.host import settings
from draggan_server.host.settings import Settings
from tests.hosts.krita.krita_host import KritaHost

pytestmark = pytest.mark.krita


def test_the_settings_of_the_last_use_are_there_again(
    krita: KritaHost, fake_daemon: dict[str, str]
) -> None:
    defaults = Settings()
    file = Path(fake_daemon["DRAGGAN_CONNECTION_FILE"]).with_name(settings.FILE_NAME)
    first = krita.run("remembered:shown", {}, fake_daemon)
    assert first == {
        "model": "Default model",
        "truncation": defaults.truncation,
        "method": defaults.method,
        "steps": defaults.max_steps,
        "listed model": "steady",
    }
    assert not file.exists()  # merely looking is no use
    used = krita.run("remembered:used", {}, fake_daemon)
    assert used.pop("reset") == [first["method"], first["steps"]]
    assert used.pop("sizes of the models") == [[610, 570]] * 2
    chosen = Settings("endless", 0.35, "draggan", 77, sizes={"models": (610, 570)})
    assert settings.load(file) == chosen
    again = krita.run("remembered:shown", {}, fake_daemon, first_use=False)
    assert again == {**used, "model": "endless", "listed model": "endless"}
    file.write_text('method = "mag')  # half written
    assert krita.run("remembered:shown", {}, fake_daemon, first_use=False) == first
    settings.remember(file, model="gone")
    gone = krita.run("remembered:shown", {}, fake_daemon, first_use=False)
    assert (gone["model"], gone["listed model"]) == ("gone", "steady")
