"""Downloads from a server that breaks off, dawdles or lies."""

from __future__ import annotations

import errno
import random
import shutil
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from draggan_server.models import download as module
from draggan_server.models.download import discard, download
from draggan_server.models.errors import DownloadError
from tests.unit.models.file_server import FileServer, serving

CONTENT = random.Random(0).randbytes(300_000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    with serving(FileServer(CONTENT)) as server:
        yield server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Löwe und Zebra.download"


def fetch(server: FileServer, path: Path) -> list[tuple[int, int | None]]:
    """Download; returns the progress that was told."""
    seen: list[tuple[int, int | None]] = []
    download(server.url, path, lambda done, total: seen.append((done, total)))
    return seen


def test_a_file_arrives_whole_and_its_progress_is_told(server: FileServer, path: Path) -> None:
    seen = fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == ((0, len(CONTENT)), (len(CONTENT), len(CONTENT)))


def test_what_is_whole_is_not_asked_for_again(server: FileServer, path: Path) -> None:
    fetch(server, path)
    fetch(server, path)
    assert len(server.requests) == 1
    discard(path)
    assert not list(path.parent.iterdir())
    fetch(server, path)
    assert len(server.requests) == 2


def test_broken_connections_are_gone_on_with(server: FileServer, path: Path) -> None:
    server.drops = [100_000, 1, 0, 50_000]
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.asked_ranges() == [
        None,
        "bytes=100000-",
        "bytes=100001-",
        "bytes=100001-",
        "bytes=150001-",
    ]


def test_a_later_call_goes_on_with_what_is_there(server: FileServer, path: Path) -> None:
    server.drops = [120_000, 0, 0, 0, 0]
    with pytest.raises(DownloadError, match=r"broke off after 120000 of 300000 bytes.* is kept"):
        fetch(server, path)
    assert path.read_bytes() == CONTENT[:120_000]
    seen = fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert seen[0] == (120_000, 300_000)


def test_a_file_that_changed_meanwhile_is_begun_anew(server: FileServer, path: Path) -> None:
    server.drops = [120_000, 0, 0, 0, 0]
    with pytest.raises(DownloadError):
        fetch(server, path)
    server.content, server.headers = CONTENT[::-1], {"ETag": '"two"'}
    fetch(server, path)
    assert path.read_bytes() == CONTENT[::-1]


def test_a_file_that_became_shorter_is_begun_anew(server: FileServer, path: Path) -> None:
    server.drops = [120_000, 0, 0, 0, 0]
    with pytest.raises(DownloadError):
        fetch(server, path)
    server.content = CONTENT[:1000]  # under the same tag
    fetch(server, path)
    assert path.read_bytes() == CONTENT[:1000]


def test_parts_from_two_addresses_are_not_joined(server: FileServer, path: Path) -> None:
    server.drops = [120_000, 0, 0, 0, 0]
    with pytest.raises(DownloadError):
        fetch(server, path)
    with serving(FileServer(b"another file")) as other:
        fetch(other, path)
    assert path.read_bytes() == b"another file"


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"weak"'}])
def test_without_a_version_it_is_begun_anew(
    server: FileServer, path: Path, headers: dict[str, str]
) -> None:
    server.headers, server.drops = headers, [100_000]
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.asked_ranges() == [None, None]


def test_the_date_is_a_version_too(server: FileServer, path: Path) -> None:
    server.headers = {"Last-Modified": "Tue, 24 Nov 2026 01:00:00 GMT"}
    server.drops = [100_000]
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.asked_ranges() == [None, "bytes=100000-"]


def test_a_server_without_ranges_sends_everything_again(server: FileServer, path: Path) -> None:
    server.ranges, server.drops = False, [100_000]
    fetch(server, path)
    assert path.read_bytes() == CONTENT


def test_a_server_that_never_gets_further_is_given_up(server: FileServer, path: Path) -> None:
    server.ranges, server.drops = False, [100_000] * 9
    with pytest.raises(DownloadError, match=r"broke off after 100000 of 300000"):
        fetch(server, path)
    assert len(server.requests) == 5


def test_an_unknown_length_is_shown_as_unknown(server: FileServer, path: Path) -> None:
    server.says_length = False
    assert fetch(server, path)[-1] == (300_000, None)
    assert path.read_bytes() == CONTENT


def test_a_slow_server_is_borne_with(
    server: FileServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENCE_SECONDS", 5.0)
    server.chunk_bytes, server.chunk_seconds = 30_000, 0.02
    assert len(fetch(server, path)) > 5
    assert path.read_bytes() == CONTENT


def test_a_silent_server_is_asked_again(
    server: FileServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.5)
    server.chunk_bytes, server.chunk_seconds = 250_000, 60.0
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.asked_ranges() == [None, "bytes=250000-"]


def test_a_server_that_says_nothing_is_given_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.05)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/m.pkl"
        with pytest.raises(DownloadError, match=r"sent nothing for 0\.05 seconds"):
            download(url, path, lambda *_: None)


@pytest.mark.parametrize("code", [500, 503, 429])
def test_a_passing_fault_of_the_server_is_waited_for(
    server: FileServer, path: Path, code: int
) -> None:
    server.answers = [code, code]
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert len(server.requests) == 3


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_refusal_is_told_with_the_way_by_hand(server: FileServer, path: Path, code: int) -> None:
    server.answers = [code]
    with pytest.raises(DownloadError, match=f"answers {code} .*draggan models add FILE"):
        fetch(server, path)
    assert len(server.requests) == 1
    assert not path.exists()


def test_a_web_page_is_no_model(server: FileServer, path: Path) -> None:
    server.content_type = "text/html; charset=utf-8"
    with pytest.raises(DownloadError, match=r"web page instead of a file"):
        fetch(server, path)
    assert not path.exists()


def test_offline_the_way_by_hand_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> Any:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(DownloadError, match=r"is this computer online.*draggan models add FILE"):
        download("https://models.example/lions.pkl", path, lambda *_: None)


def test_nobody_there_is_told_after_some_tries(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DownloadError, match=r"no connection"):
        download(f"http://127.0.0.1:{port}/m.pkl", path, lambda *_: None)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a/b", "lions.pkl", "http:", "http://a b/"]
)
def test_only_web_addresses_are_opened(path: Path, url: str) -> None:
    with pytest.raises(DownloadError, match=r"web address|cannot be reached"):
        download(url, path, lambda *_: None)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a/b"])
def test_redirects_lead_to_web_addresses_only(server: FileServer, path: Path, target: str) -> None:
    server.redirect = target
    with pytest.raises(DownloadError, match=r"not safe to follow|not allowed"):
        download(server.url.replace("model.pkl", "elsewhere"), path, lambda *_: None)


def test_a_redirect_may_not_give_up_encryption() -> None:
    request = urllib.request.Request("https://models.example/m.pkl")
    redirects = module._Redirects()
    with pytest.raises(DownloadError, match=r"not safe to follow"):
        redirects.redirect_request(request, None, 302, "", {}, "http://models.example/m.pkl")
    assert redirects.redirect_request(request, None, 302, "", {}, "https://b.example/m.pkl")


def test_redirects_are_followed(server: FileServer, path: Path) -> None:
    server.redirect, server.drops = server.url, [1000]
    download(server.url.replace("model.pkl", "elsewhere"), path, lambda *_: None)
    assert path.read_bytes() == CONTENT
    assert server.asked_ranges() == [None, None, "bytes=1000-", "bytes=1000-"]


def test_a_disk_too_small_is_told_before_anything_is_written(
    server: FileServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=500))
    with pytest.raises(
        DownloadError, match=r"too full: 64 MiB are needed at .* and 0 MiB are free"
    ):
        fetch(server, path)
    assert not path.exists()


def test_a_disk_that_fills_up_keeps_what_has_arrived(
    server: FileServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_url: str, _response: object, file: Any, *_: object) -> None:
        file.write(CONTENT[:1000])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "_copy", full)
        with pytest.raises(DownloadError, match=r"is full. What has arrived is kept"):
            fetch(server, path)
    assert fetch(server, path)[0] == (1000, 300_000)
    assert path.read_bytes() == CONTENT


def test_a_file_beyond_the_limit_is_refused(
    server: FileServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 200_000)
    with pytest.raises(DownloadError, match=r"above the limit of 200000"):
        fetch(server, path)
    server.says_length = False
    with pytest.raises(DownloadError, match=r"above the limit of 200000"):
        fetch(server, path)
