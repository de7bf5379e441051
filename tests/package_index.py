"""A small package index on this machine, for tests of what fetches packages."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CHUNK_BYTES = 1 << 16


def make_wheel(folder: Path, name: str, version: str, files: Mapping[str, bytes]) -> Path:
    """A wheel of those files, uncompressed, that asks for nothing."""
    info = f"{name}-{version}.dist-info"
    tags = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    content = {**files, f"{info}/METADATA": about.encode(), f"{info}/WHEEL": tags.encode()}
    record = "".join(
        f"{path},sha256={_digest(data)},{len(data)}\n" for path, data in content.items()
    )
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for inner, data in {**content, f"{info}/RECORD": record.encode()}.items():
            wheel.writestr(inner, data)
    return path


@dataclass
class Index:
    """What is served of `folder`. `fetched` counts the answers for each file.

    `seconds_a_megabyte` slows them down.
    """

    folder: Path
    url: str = ""
    seconds_a_megabyte: float = 0.0
    fetched: Counter[str] = field(default_factory=Counter)


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Index]:
    """Serve the wheels of a folder as a simple index (PEP 503) on a free port."""
    index = Index(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, index, body=True)

        def do_HEAD(self) -> None:
            _answer(self, index, body=False)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    index.url = f"http://127.0.0.1:{server.server_port}/simple/"
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, index: Index, *, body: bool) -> None:
    kind, _, name = handler.path.strip("/").partition("/")
    if kind == "simple":
        files = sorted(index.folder.glob("*.whl"))
        named = [path.name for path in files if _normal(path.name.partition("-")[0]) == name]
        link = '<a href="/files/{0}" data-dist-info-metadata="true">{0}</a>'
        links = "\n".join(link.format(file) for file in named)
        _send(handler, f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html")
    elif name.endswith(".whl.metadata"):  # PEP 658: what it needs, without fetching it
        with zipfile.ZipFile(index.folder / name.removesuffix(".metadata")) as wheel:
            (about,) = (path for path in wheel.namelist() if path.endswith(".dist-info/METADATA"))
            _send(handler, wheel.read(about), "text/plain")
    elif (index.folder / name).is_file():
        data = (index.folder / name).read_bytes()
        _send(handler, data if body else b"", "application/zip", len(data), index)
        if body:
            index.fetched[name] += 1
    else:
        handler.send_error(404)


def _send(
    handler: BaseHTTPRequestHandler,
    data: bytes,
    kind: str,
    length: int | None = None,
    index: Index | None = None,
) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(data) if length is None else length))
    if index is not None:  # a file of that name stays the same, as in the usual index
        handler.send_header("Cache-Control", "max-age=365000000, immutable, public")
    handler.end_headers()
    with contextlib.suppress(ConnectionError):
        for first in range(0, len(data), _CHUNK_BYTES):
            handler.wfile.write(data[first : first + _CHUNK_BYTES])
            if index is not None:
                time.sleep(index.seconds_a_megabyte * _CHUNK_BYTES / 1e6)


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
