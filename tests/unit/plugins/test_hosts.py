"""Finding hosts by their folders, and switching a plug-in on in Krita's settings."""

from pathlib import Path

import pytest

from draggan_server.plugins import hosts
from draggan_server.plugins.hosts import Host, TooOld, enable_in_krita, find_hosts


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(hosts, "gimp_version", lambda: None)
    monkeypatch.setattr(hosts, "krita_version", lambda: None)
    return tmp_path


def test_nothing_is_found_on_a_bare_machine(home: Path) -> None:
    assert find_hosts() == []


def test_every_gimp_3_folder_is_found_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("2.10", "3.0", "3.2"):
        (home / ".config/GIMP" / version).mkdir(parents=True)
    monkeypatch.setattr(hosts, "gimp_version", lambda: (3, 0, 4))
    folders = [host.folder for host in find_hosts() if isinstance(host, Host)]
    assert folders == [home / ".config/GIMP/3.0/plug-ins", home / ".config/GIMP/3.2/plug-ins"]


def test_old_hosts_are_named_as_such(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "gimp_version", lambda: (2, 10, 34))
    monkeypatch.setattr(hosts, "krita_version", lambda: (5, 1, 5))
    assert find_hosts() == [TooOld("GIMP", "2.10.34", "3.0"), TooOld("Krita", "5.1.5", "5.2")]


def test_flatpaks_are_found(home: Path) -> None:
    (home / ".var/app/org.gimp.GIMP/config/GIMP/3.2").mkdir(parents=True)
    (home / ".var/app/org.kde.krita").mkdir(parents=True)
    gimp, krita = find_hosts()
    assert isinstance(gimp, Host)
    assert isinstance(krita, Host)
    assert gimp.folder == home / ".var/app/org.gimp.GIMP/config/GIMP/3.2/plug-ins"
    assert krita.folder == home / ".var/app/org.kde.krita/data/krita"
    assert krita.settings == home / ".var/app/org.kde.krita/config/kritarc"


@pytest.mark.parametrize(
    "before",
    [
        None,
        "",
        "[theme]\nTheme=Krita dark\n",
        "[python]\nenable_other=true\n",
        "[a][b]\nx=1\n\n[python]\nenable_draggan_krita=false\n",
    ],
)
def test_a_plugin_is_switched_on_and_the_rest_kept(tmp_path: Path, before: str | None) -> None:
    settings = tmp_path / "sub" / "kritarc"
    if before is not None:
        settings.parent.mkdir()
        settings.write_text(before)
    enable_in_krita(settings, "draggan_krita")
    lines = settings.read_text().splitlines()
    assert lines.count("enable_draggan_krita=true") == 1
    assert "enable_draggan_krita=false" not in lines
    assert lines.index("[python]") < lines.index("enable_draggan_krita=true")
    for line in (before or "").splitlines():
        assert line in lines or line == "enable_draggan_krita=false"
    once = settings.read_text()
    enable_in_krita(settings, "draggan_krita")
    assert settings.read_text() == once
