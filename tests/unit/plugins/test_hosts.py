"""Finding hosts by their programs and by their folders."""

import sys
from pathlib import Path

import pytest

from draggan_server.plugins import hosts
from draggan_server.plugins.hosts import Host, TooOld, find_hosts


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
    (home / ".var/app/org.kde.krita/data/krita").mkdir(parents=True)
    gimp, krita = find_hosts()
    assert isinstance(gimp, Host)
    assert isinstance(krita, Host)
    assert gimp.folder == home / ".var/app/org.gimp.GIMP/config/GIMP/3.2/plug-ins"
    assert krita.folder == home / ".var/app/org.kde.krita/data/krita"
    assert krita.settings == home / ".var/app/org.kde.krita/config/kritarc"


def test_a_krita_that_is_not_on_the_path_is_found_by_its_settings(home: Path) -> None:
    """As an AppImage's."""
    (home / ".config").mkdir()
    (home / ".config/kritarc").touch()
    data = home / ".local/share/krita"
    assert find_hosts() == [Host("Krita", "", data, home / ".config/kritarc")]


def test_an_old_krita_does_not_hide_a_flatpak_of_a_new_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "krita_version", lambda: (5, 1, 5))
    (home / ".config").mkdir()
    (home / ".config/kritarc").touch()
    (home / ".var/app/org.kde.krita/data/krita").mkdir(parents=True)
    old, flatpak = find_hosts()
    assert old == TooOld("Krita", "5.1.5", "5.2")
    assert isinstance(flatpak, Host)
    assert flatpak.package == "Flatpak"


def test_snaps_are_found(home: Path) -> None:
    (home / "snap/gimp/current/.config/GIMP/3.0").mkdir(parents=True)
    (home / "snap/krita/current/.local/share/krita").mkdir(parents=True)
    names = [str(host) for host in find_hosts()]
    assert names == ["GIMP 3.0 (Snap)", "Krita (Snap)"]


def test_folders_on_windows_are_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("APPDATA", str(home / "Roaming"))
    monkeypatch.setenv("LOCALAPPDATA", str(home / "Local"))
    store = home / "Local/Packages/49800Krita_abc/LocalCache"
    for folder in ("Roaming/GIMP/3.0", "Roaming/krita", "Local/Packages/other"):
        (home / folder).mkdir(parents=True)
    (store / "Roaming/krita").mkdir(parents=True)
    gimp, krita, from_store = (host for host in find_hosts() if isinstance(host, Host))
    assert gimp.folder == home / "Roaming/GIMP/3.0/plug-ins"
    assert krita.folder == home / "Roaming/krita"
    assert krita.settings == home / "Local/kritarc"
    assert from_store.folder == store / "Roaming/krita"
    assert from_store.settings == store / "Local/kritarc"


def test_folders_on_macos_are_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    support = home / "Library/Application Support"
    for name in ("GIMP/3.0", "krita"):
        (support / name).mkdir(parents=True)
    gimp, krita = (host for host in find_hosts() if isinstance(host, Host))
    assert gimp.folder == support / "GIMP/3.0/plug-ins"
    assert krita.folder == support / "krita"
    assert krita.settings == home / "Library/Preferences/kritarc"
