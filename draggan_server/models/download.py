"""Files over HTTP, resumed where an earlier try broke off.

What has arrived lies in the file given; beside it a note (JSON) says from where, how much there
will be, and which version it is (ETag or date), so that parts of two versions are never joined.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import logging
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from draggan_server.models.errors import DownloadError
from draggan_server.wire.errors import ProtocolError
from draggan_server.wire.json_record import from_document, parse, to_document
from stylegan2.checkpoints.safetensors_header import MAX_FILE_BYTES

logger = logging.getLogger(__name__)

OnProgress = Callable[[int, int | None], None]
"""Gets the bytes that have arrived and how many there will be, None where nobody knows."""

SILENCE_SECONDS = 30.0
"""A server that sends nothing for so long is asked again."""

RETRY_SECONDS = 1.0
"""The pause before the first retry; each further one in vain doubles it."""

_TRIES_IN_VAIN = 4
_CHUNK_BYTES = 1 << 18
_SPARE_BYTES = 64 << 20
_PASSING = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class _Note:
    """What is being downloaded; `version` is "" where the server does not tell versions apart."""

    url: str
    version: str
    total: int | None


class _BrokenOffError(Exception):
    """The connection ended early; another try may go on from there."""


def download(url: str, path: Path, on_progress: OnProgress) -> None:
    """Bring the file at `url` to `path`, going on with what an earlier call left there (perhaps all
    of it) until `discard` is called.

    Breaks of the connection are mended as long as each try gets further. Raises `DownloadError`;
    what has arrived then stays for the next call, except where it is of no use.
    """
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(
            "{url} is no web address: it must begin with https:// or http://.", url=url
        )
    in_vain = 0
    while True:
        before = size_of(path)
        try:
            _fetch(url, path, on_progress)
        except _BrokenOffError as error:
            logger.info("%s broke off at %d bytes: %s", url, size_of(path), error)
            in_vain = 0 if size_of(path) > before else in_vain + 1
            if in_vain == _TRIES_IN_VAIN:
                raise DownloadError(
                    "{url} cannot be downloaded: {error}. What has arrived is kept: try again "
                    "later to go on from there.",
                    url=url,
                    error=error,
                ) from None
            time.sleep(RETRY_SECONDS * 2**in_vain)
        except OSError as error:
            raise _disk_error(error, path) from None
        else:
            return


def discard(path: Path) -> None:
    """Remove what a download left at `path`. Raises `OSError`."""
    path.unlink(missing_ok=True)
    _note_path(path).unlink(missing_ok=True)


def _fetch(url: str, path: Path, on_progress: OnProgress) -> None:
    note = _read_note(url, path)
    have = size_of(path) if note is not None else 0
    if note is not None and have == note.total:
        return
    headers = {"User-Agent": "draggan", "Accept-Encoding": "identity"}
    if note is not None:
        headers |= {"Range": f"bytes={have}-", "If-Range": note.version}
    with _open(urllib.request.Request(url, headers=headers), path) as response:
        if response.status == 206:
            total = _total_of_range(response, have)
        else:  # everything, from the beginning
            have, total = 0, _length(response)
        if response.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
            raise DownloadError(
                "{url} answers with a web page instead of a file: it may want you to log in or to "
                "agree to something. Download the file by other means, also on another computer, "
                "and add it: draggan models add FILE",
                url=url,
            )
        _check_room(url, path, have, total)
        _note_path(path).write_text(json.dumps(to_document(_Note(url, _version(response), total))))
        with path.open("r+b" if have else "wb") as file:
            file.truncate(have)
            file.seek(have)
            _copy(url, response, file, have, total, on_progress)


def _open(request: urllib.request.Request, path: Path) -> Any:
    url = request.full_url
    opener = urllib.request.build_opener(_Redirects())
    try:
        return opener.open(request, timeout=SILENCE_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in _PASSING:
            raise _BrokenOffError(f"the server answers {error.code} {error.reason}") from None
        if error.code == 416:  # what is there is no beginning of the server's file
            discard(path)
            raise _BrokenOffError("the file has changed on the server") from None
        raise DownloadError(
            "{url} cannot be downloaded: the server answers {code} {reason}. Download the file by "
            "other means, also on another computer, and add it: draggan models add FILE",
            url=url,
            code=error.code,
            reason=error.reason,
        ) from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise _BrokenOffError(_silent()) from None
        # A name that no server knows, no route: with nothing there yet, trying again is no use.
        if isinstance(error.reason, ConnectionError) or size_of(path):
            raise _BrokenOffError(f"no connection ({error.reason})") from None
        raise DownloadError(
            "{url} cannot be reached ({reason}): is this computer online? Download the file by "
            "other means, also on another computer, and add it: draggan models add FILE",
            url=url,
            reason=error.reason,
        ) from None
    except TimeoutError:
        raise _BrokenOffError(_silent()) from None
    except (http.client.InvalidURL, ValueError) as error:
        raise DownloadError("{url} is no web address: {error}.", url=url, error=error) from None
    except (http.client.HTTPException, OSError) as error:
        raise _BrokenOffError(f"no answer that can be understood ({error!r:.80})") from None


def _copy(
    url: str,
    response: Any,
    file: IO[bytes],
    have: int,
    total: int | None,
    on_progress: OnProgress,
) -> None:
    while True:
        on_progress(have, total)
        try:
            chunk = response.read1(_CHUNK_BYTES)
        except TimeoutError:
            raise _BrokenOffError(_silent()) from None
        except (http.client.HTTPException, OSError) as error:
            raise _BrokenOffError(f"the connection broke off ({error!r:.80})") from None
        if not chunk:
            break
        file.write(chunk)
        have += len(chunk)
        if have > MAX_FILE_BYTES:
            raise _too_large(url, have)
    if total is not None and have < total:
        raise _BrokenOffError(f"the connection broke off after {have} of {total} bytes")


def _silent() -> str:
    return f"the server has sent nothing for {SILENCE_SECONDS:g} seconds"


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to web addresses only, and never from https to http."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme != "https" and scheme != req.type:
            raise DownloadError(
                "{url} leads on to {other}, which is not safe to follow. Download the file by "
                "other means, also on another computer, and add it: draggan models add FILE",
                url=req.full_url,
                other=f"{newurl:.200}",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_room(url: str, path: Path, have: int, total: int | None) -> None:
    if total is None:
        return
    if total > MAX_FILE_BYTES:
        raise _too_large(url, total)
    # Once for the file itself, and once for the model that is made of it.
    needed = total - have + total + _SPARE_BYTES
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise DownloadError(
            "The disk is too full: {needed} MiB are needed at {folder} and {free} MiB are free. "
            "Make room and try again.",
            needed=needed >> 20,
            folder=path.parent,
            free=free >> 20,
        )


def _too_large(url: str, size: int) -> DownloadError:
    return DownloadError(
        "{url} has {size} bytes or more, above the limit of {most}: it cannot be a StyleGAN2 "
        "model.",
        url=url,
        size=size,
        most=MAX_FILE_BYTES,
    )


def _disk_error(error: OSError, path: Path) -> DownloadError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DownloadError(
            "The disk at {folder} is full. What has arrived is kept: make room and try again to go "
            "on from there.",
            folder=path.parent,
        )
    return DownloadError(
        "{path} cannot be written: {error}.", path=path, error=error.strerror or error
    )


def _version(response: Any) -> str:
    tag = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):  # a weak tag may stay the same when bytes change
        return str(tag)
    return str(response.headers.get("Last-Modified", ""))


def _length(response: Any) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _total_of_range(response: Any, have: int) -> int | None:
    match = re.fullmatch(
        r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip()
    )
    if match is None or int(match[1]) != have:
        raise DownloadError(
            "{url} answers with another part of the file than was asked for. Download the file by "
            "other means, also on another computer, and add it: draggan models add FILE",
            url=response.url,
        )
    return None if match[2] == "*" else int(match[2])


def _read_note(url: str, path: Path) -> _Note | None:
    """The note of a download that can be resumed."""
    with contextlib.suppress(OSError, ProtocolError):
        note = from_document(_Note, parse(_note_path(path).read_bytes()))
        if note.url == url and note.version and size_of(path):
            return note
    return None


def _note_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def size_of(path: Path) -> int:
    """Bytes of a file, 0 where it is not there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
