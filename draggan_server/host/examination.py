"""Looking for faults from within a host: `draggan doctor`, in a process of its own."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from draggan_server.host.sentences import state
from draggan_server.host.setup.process import Process
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput, DaemonMissing
from draggan_server.wire.install_record import install_record


@dataclass(frozen=True)
class Fault:
    """Something that is not as it should be: where, what, and what to do; in the user's
    language."""

    link: str
    says: str
    advice: str
    can_be_mended: bool


@dataclass(frozen=True)
class Report:
    """What was found among `looked_at` things; `mended` of them were mended before."""

    looked_at: int
    faults: tuple[Fault, ...]
    mended: int = 0

    @classmethod
    def parse(cls, output: str) -> Report:
        """From what the command prints, which may warn of something before. Raises `ValueError`."""
        document, _end = json.JSONDecoder().raw_decode(output, output.index("{"))
        findings = _list(document, "findings")
        faults = (
            _fault(one["parts"], bool(one["can_be_mended"]))
            for one in findings
            if one["state"] != "good"
        )
        return cls(len(findings), tuple(faults), len(_list(document, "mended")))


def _fault(parts: list[Any], can_be_mended: bool) -> Fault:
    link, says, advice = map(_translated, parts)
    return Fault(link, says, advice, can_be_mended)


def _translated(said: Any) -> str:
    """A text in the user's language: itself, or [sentence, values]."""
    if isinstance(said, str):
        return tr(said) if said else ""
    sentence, values = said
    return tr(sentence, **{name: _translated(value) for name, value in values.items()})


def _list(document: dict[str, Any], name: str) -> list[Any]:
    try:
        found = document[name]
    except KeyError:
        raise ValueError(f"it has no {name!r}") from None
    if not isinstance(found, list):
        raise ValueError(f"its {name!r} is no list")
    return found


class Examination:
    """A running one. Call `poll` until it returns what was found; `close` ends it at any time.

    Raises `DaemonMissing` where no daemon was set up whose command it could be, `BadInput` where
    the command cannot be run.
    """

    def __init__(self, mend: bool = False) -> None:
        command = install_record().sibling("doctor", "--json", *(["--fix"] if mend else []))
        if not command:
            raise DaemonMissing(state.MISSING)
        self._folder = tempfile.TemporaryDirectory(prefix="draggan-")
        place = Path(self._folder.name)
        try:
            self._process = Process(command, place / "doctor.txt", place)
        except OSError as error:
            self._folder.cleanup()
            raise BadInput(state.NOT_EXAMINED, reason=error.strerror or error) from None

    def poll(self) -> Report | None:
        """What was found, None while it runs. Raises `BadInput` where that cannot be understood."""
        if self._process.poll() is None:
            return None
        try:
            return Report.parse(self._process.output)
        except (ValueError, LookupError, TypeError):
            last = (self._process.output.strip().splitlines() or [""])[-1]
            raise BadInput(state.NOT_EXAMINED, reason=last) from None
        finally:
            self._folder.cleanup()

    def close(self) -> None:
        """End it, where it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._folder.cleanup()
