"""A web server for tests that serves one file, and breaks off, dawdles or lies as it is told."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """What is served: `content`, or where there are `files` these by their paths. `requests` are
    the headers of those who asked, in order.

    `drops`: the next answers end after so many bytes. `answers`: the next answers are these error
    codes. Then all is well. `hurries`: it dawdles over the first answer only.
    """

    content: bytes = field(repr=False)
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    url: str = ""
    ranges: bool = True
    headers: dict[str, str] = field(default_factory=lambda: {"ETag": '"one"'})
    content_type: str = "application/octet-stream"
    says_length: bool = True
    drops: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    redirect: str | None = None
    chunk_bytes: int = 1 << 16
    chunk_seconds: float = 0.0
    hurries: bool = False
    requests: list[dict[str, str]] = field(default_factory=list, repr=False)

    def asked_ranges(self) -> list[str | None]:
        return [request.get("Range") for request in self.requests]


@contextlib.contextmanager
def serving(file: FileServer) -> Iterator[FileServer]:
    """Serve on a free port of this machine; `file.url` is then its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file.requests.append(dict(self.headers))
            if self.path == "/elsewhere" and file.redirect is not None:
                self.send_response(302)
                self.send_header("Location", file.redirect)
                self.end_headers()
                return
            if file.files and self.path not in file.files:
                self.send_error(404)
                return
            if file.answers:
                self.send_error(file.answers.pop(0))
                return
            _answer(self, file)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    file.url = f"http://127.0.0.1:{server.server_port}/model.pkl"
    try:
        yield file
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, file: FileServer) -> None:
    content = file.files.get(handler.path, file.content)
    start, size = 0, len(content)
    asked = handler.headers.get("Range")
    version = file.headers.get("ETag") or file.headers.get("Last-Modified")
    if file.ranges and asked and handler.headers.get("If-Range") == version:
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= size:
            handler.send_error(416)
            return
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
    else:
        handler.send_response(200)
    if file.says_length:
        handler.send_header("Content-Length", str(size - start))
    handler.send_header("Content-Type", file.content_type)
    for name, value in file.headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    end = start + file.drops.pop(0) if file.drops else size
    with contextlib.suppress(ConnectionError):
        for first in range(start, min(end, size), file.chunk_bytes):
            handler.wfile.write(content[first : min(first + file.chunk_bytes, end)])
            time.sleep(0 if file.hurries and len(file.requests) > 1 else file.chunk_seconds)
