"""A batch from its first line to its last: several processes at once, in bounded memory."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import filelock

from draggan_server.batch.journal import Journal
from draggan_server.batch.line import Line, LineResult, Work, read_line
from draggan_server.wire.connector import connect
from draggan_server.wire.errors import (
    BadInput,
    DaemonUnreachable,
    InternalError,
    OutOfMemory,
)
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE
from draggan_server.wire.messages import GetStatus

ATTEMPTS = 3
"""A line that failed by what may pass is tried so often. The daemon itself gives lines that lost
their worker to others, and sets aside what ends every one of them."""

MAX_AT_ONCE = 8

CHILD = (sys.executable, "-m", "draggan_server.batch.child")

_MAY_PASS = (DaemonUnreachable.code, InternalError.code, OutOfMemory.code)
_PAUSE_SECONDS = 1.0


def run_batch(
    jobs: str | Path,
    folder: str | Path,
    *,
    at_once: int | None = None,
    child: Sequence[str] = CHILD,
    ray: str | None = None,
    workers: int | None = None,
    gpus_per_worker: float = 1.0,
    cpus_per_worker: float = 1.0,
) -> Iterator[LineResult]:
    """Do the lines of the file `jobs`, and yield each one's result as it comes.

    Outputs go to `folder`, which is made where it is missing, and `batch.jsonl` there says what was
    done: lines that were done before are left out, unless they were changed or their output is
    gone, so that the same call goes on where another stopped. `at_once` lines are under way at a
    time: by default one more than the daemon has workers. Lines that failed are in the results, and
    are tried again by the next call.

    With `ray`, "auto" or an address, a Ray cluster does them, by `workers` actors, or as many as it
    has room for, with so many graphics cards each, or processors where it has no cards.

    Raises `BadInput` where there is nothing to read, another batch uses the folder or no cluster
    answers, `ModuleNotFoundError` without Ray, and `DaemonUnreachable` where no daemon can be had
    any more.
    """
    jobs, folder = Path(jobs), Path(folder)
    if not jobs.is_file():
        raise BadInput(f"{jobs} is not there.")
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / "batch.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise BadInput(f"Another batch is writing to {folder}: wait for its end.") from None
    with lock, contextlib.closing(Journal(folder)) as journal, contextlib.ExitStack() as stack:
        environment = dict(os.environ)
        if ray is None:
            at_once = at_once or _workers() + 1
        else:
            from draggan_server.batch.own_daemon import daemon_on_ray

            own = stack.enter_context(daemon_on_ray(ray, workers, gpus_per_worker, cpus_per_worker))
            environment[CONNECTION_FILE_VARIABLE] = str(own[0])
            at_once = at_once or own[1].count + 1
        yield from _Batch(jobs, folder, journal, at_once, child, environment).results()


def lines_of(jobs: Path) -> Iterator[Line]:
    """The lines of a file that are not empty."""
    with jobs.open("rb") as file:
        for number, text in enumerate(file, start=1):
            if text.strip():
                yield Line(number, text.strip())


def _workers() -> int:
    with connect() as client:
        return min(len(client.ask(GetStatus()).workers), MAX_AT_ONCE - 1)


class _Batch:
    def __init__(
        self,
        jobs: Path,
        folder: Path,
        journal: Journal,
        at_once: int,
        child: Sequence[str],
        environment: Mapping[str, str],
    ) -> None:
        self._inputs = jobs.absolute().parent
        self._folder = folder.absolute()
        self._journal = journal
        self._lines = lines_of(jobs)
        self._reading = threading.Lock()
        self._stop = threading.Event()
        self._outputs: set[int] = set()
        self._results: queue.Queue[LineResult | None] = queue.Queue(2 * at_once)
        self._children = [_Child(child, environment) for _ in range(at_once)]
        self._threads = [
            threading.Thread(target=self._work, args=(process,), daemon=True)
            for process in self._children
        ]

    def results(self) -> Iterator[LineResult]:
        for thread in self._threads:
            thread.start()
        running = len(self._threads)
        try:
            while running:
                result = self._results.get()
                if result is None:
                    running -= 1
                    continue
                self._journal.write(result)
                yield result
                if result.code == DaemonUnreachable.code:
                    raise DaemonUnreachable(
                        f"{result.error} The batch stops; the same command goes on with it later."
                    )
        finally:
            self._stop.set()
            for process in self._children:
                process.kill()
            while any(thread.is_alive() for thread in self._threads):
                try:
                    self._results.get(timeout=0.1)
                except queue.Empty:
                    continue

    def _work(self, process: _Child) -> None:
        try:
            while not self._stop.is_set() and (todo := self._next()) is not None:
                line, work = todo
                if isinstance(work, LineResult):
                    self._results.put(work)
                else:
                    self._results.put(self._do(process, line, work))
        finally:
            process.close()
            self._results.put(None)

    def _next(self) -> tuple[Line, Work | LineResult] | None:
        """The next line that is not done yet, and what it asks for or why it cannot be."""
        with self._reading:
            for line in self._lines:
                if self._stop.is_set():
                    break
                failed = LineResult(line.number, line.digest, "", 0.0, code=BadInput.code)
                try:
                    work = read_line(line, self._inputs, self._folder)
                except BadInput as error:
                    return line, replace(failed, error=str(error))
                name = hash(work.output)
                if name in self._outputs:
                    why = f"An earlier line writes {work.output}, too: give it another output."
                    return line, replace(failed, error=why)
                self._outputs.add(name)
                if not self._journal.has(line, work.output):
                    return line, work
        return None

    def _do(self, process: _Child, line: Line, work: Work) -> LineResult:
        (self._folder / work.output).parent.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        for attempt in range(1, ATTEMPTS + 1):
            answer = process.do(work.words)
            if answer.get("code") not in _MAY_PASS or attempt == ATTEMPTS:
                break
            if self._stop.wait(_PAUSE_SECONDS * attempt):
                break
        seconds = time.monotonic() - began
        result = LineResult(line.number, line.digest, work.output, seconds, attempt)
        return replace(result, error=answer.get("error"), code=answer.get("code"))


class _Child:
    """A process that does lines; another one where it has died."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def do(self, words: Sequence[str]) -> dict[str, str]:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(f"{json.dumps(words)}\n")
            self._process.stdin.flush()
            text = self._process.stdout.readline()
        except OSError:
            text = ""
        if not text.endswith("\n"):
            self.close()
            return {"error": "The process that did this line has ended.", "code": "internal"}
        answer: dict[str, str] = json.loads(text)
        return answer

    def kill(self) -> None:
        """May be called from another thread, and ends what `do` waits for."""
        if (process := self._process) is not None:
            process.kill()

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
