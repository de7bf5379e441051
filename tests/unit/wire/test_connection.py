"""The connection file and the install record."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import platformdirs.macos
import platformdirs.unix
import pytest

from draggan_server import __version__
from draggan_server.wire import install_record as module
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.errors import DaemonUnreachable
from draggan_server.wire.install_record import InstallRecord, install_record

CONNECTION = ConnectionFile("tcp://127.0.0.1:4711", "draggan", "geheim", 42, "0.1.0")


class TestConnectionFile:
    def test_it_comes_back_equal(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "connection.json"
        CONNECTION.write(path)
        assert ConnectionFile.read(path) == CONNECTION
        assert os.listdir(path.parent) == ["connection.json"]

    @pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
    def test_only_its_owner_can_read_it(self, tmp_path: Path) -> None:
        path = tmp_path / "connection.json"
        path.write_text("an older one, readable for all")
        path.chmod(0o644)
        CONNECTION.write(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_the_secret_does_not_show(self) -> None:
        assert "geheim" not in repr(CONNECTION)

    def test_the_address_is_that_of_the_endpoint(self) -> None:
        assert CONNECTION.address == ("127.0.0.1", 4711)

    def test_where_none_is_no_daemon_runs(self, tmp_path: Path) -> None:
        with pytest.raises(DaemonUnreachable, match="No DragGAN daemon runs"):
            ConnectionFile.read(tmp_path / "connection.json")

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff\xfe",
            b"[]",
            b"{}",
            b"[" * 100_000,
            json.dumps({"endpoint": "tcp://127.0.0.1:1"}).encode(),
            b'{"endpoint": "tcp://10.0.0.1:80", "user": "", "secret": "", "pid": 1, "version": ""}',
            b'{"endpoint": "tcp://127.0.0.1:0", "user": "", "secret": "", "pid": 1, "version": ""}',
            b'{"endpoint": "ipc:///x", "user": "", "secret": "", "pid": 1, "version": ""}',
        ],
    )
    def test_what_makes_no_sense_is_refused(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "connection.json"
        path.write_bytes(content)
        with pytest.raises(DaemonUnreachable, match=str(path)):
            ConnectionFile.read(path)

    def test_a_failed_write_leaves_the_old_file(self, tmp_path: Path) -> None:
        path = tmp_path / "connection.json"
        CONNECTION.write(path)
        with pytest.raises(TypeError):
            ConnectionFile("tcp://127.0.0.1:1", "", "", object(), "").write(path)  # type: ignore[arg-type]
        assert ConnectionFile.read(path) == CONNECTION
        assert os.listdir(tmp_path) == ["connection.json"]


class TestInstallRecord:
    @pytest.fixture(autouse=True)
    def _no_override(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("DRAGGAN_CONNECTION_FILE", raising=False)

    @pytest.fixture
    def vendored(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The install.json of a vendored copy, to be written."""
        monkeypatch.setattr(module, "_PACKAGE", tmp_path / "vendor" / "draggan_server")
        (tmp_path / "vendor").mkdir()
        return tmp_path / "vendor" / "install.json"

    def test_the_repository_starts_its_own_daemon(self) -> None:
        record = install_record()
        assert record.command[1:] == ("-m", "draggan_server", "serve")
        assert record.connection_file.name == "connection.json"
        assert record.version == __version__

    def test_a_host_has_the_record_of_its_installation(self, vendored: Path) -> None:
        vendored.write_text(
            json.dumps({"command": ["/x", "serve"], "connection_file": "/y/c", "version": "9"})
        )
        assert install_record() == InstallRecord(("/x", "serve"), Path("/y/c"), "9")

    def test_the_environment_names_another_file(
        self, vendored: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        vendored.write_text('{"command": ["x"], "connection_file": "/y", "version": "9"}')
        monkeypatch.setenv("DRAGGAN_CONNECTION_FILE", "/z")
        assert install_record() == InstallRecord(("x",), Path("/z"), "9")

    @pytest.mark.parametrize("content", ["", "[]", "{}", '{"command": 1}', "nonsense"])
    def test_a_damaged_record_is_said(self, vendored: Path, content: str) -> None:
        vendored.write_text(content)
        with pytest.raises(DaemonUnreachable, match="install the plug-in again"):
            install_record()


class TestConfigFolder:
    """One folder for the daemon and for plug-ins, whatever their package makes of HOME and XDG."""

    @pytest.fixture(autouse=True)
    def _on_linux(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "linux")
        for name in ("XDG_CONFIG_HOME", "HOST_XDG_CONFIG_HOME", "FLATPAK_ID", "SNAP_REAL_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", "/home/me")

    @pytest.mark.parametrize(
        ("environment", "folder"),
        [
            ({}, "/home/me/.config/draggan"),
            ({"XDG_CONFIG_HOME": "/c"}, "/c/draggan"),
            ({"FLATPAK_ID": "org.gimp.GIMP", "XDG_CONFIG_HOME": "/home/me/.var/c"}, ""),
            ({"FLATPAK_ID": "x", "HOST_XDG_CONFIG_HOME": "/c"}, "/c/draggan"),
            ({"SNAP_REAL_HOME": "/home/me", "HOME": "/home/me/snap", "XDG_CONFIG_HOME": "/s"}, ""),
        ],
    )
    def test_the_folder_on_linux_is_the_same_in_sandboxes(
        self, environment: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert module.config_folder() == Path(folder or "/home/me/.config/draggan")

    def test_logs_lie_where_the_daemon_s_library_puts_them(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", "/s")
        assert module.log_folder() == platformdirs.unix.Unix("draggan").user_log_path
        monkeypatch.setenv("FLATPAK_ID", "x")
        monkeypatch.setenv("HOST_XDG_STATE_HOME", "/h")
        assert module.daemon_log() == Path("/h/draggan/log/daemon.log")
        monkeypatch.setattr(sys, "platform", "darwin")
        assert module.log_folder() == platformdirs.macos.MacOS("draggan").user_log_path
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setenv("LOCALAPPDATA", "/local")
        assert module.log_folder() == Path("/local/draggan/draggan/Logs")

    def test_the_folder_elsewhere_is_the_system_s(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "platform", "darwin")
        expected = Path("/home/me/Library/Application Support/draggan")
        assert module.config_folder() == expected
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setenv("LOCALAPPDATA", "/local")
        assert module.config_folder() == Path("/local/draggan/draggan")
