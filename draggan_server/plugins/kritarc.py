"""Krita's settings file, in which Python plug-ins are switched on.

It is edited as text: it has nested sections and escapes that a rewrite would change.
"""

from __future__ import annotations

from pathlib import Path

from draggan_server.wire.whole_file import written_whole

_SECTION = "[python]"


def is_enabled(settings: Path, plugin: str) -> bool:
    """Whether a plug-in is switched on."""
    return _line(plugin) in _lines(settings)


def enable(settings: Path, plugin: str) -> None:
    """Switch a plug-in on, keeping what else stands there. Raises `OSError`."""
    lines = _without(settings, plugin)
    if _SECTION in lines:
        lines.insert(lines.index(_SECTION) + 1, _line(plugin))
    else:
        lines += ["", _SECTION, _line(plugin)]
    _write(settings, lines)


def forget(settings: Path, plugin: str) -> None:
    """Take a plug-in out, keeping what else stands there. Raises `OSError`."""
    lines = _without(settings, plugin)
    if lines != _lines(settings):
        _write(settings, lines)


def _line(plugin: str) -> str:
    return f"enable_{plugin}=true"


def _lines(settings: Path) -> list[str]:
    return settings.read_text(encoding="utf-8").splitlines() if settings.exists() else []


def _without(settings: Path, plugin: str) -> list[str]:
    return [line for line in _lines(settings) if not line.startswith(f"enable_{plugin}=")]


def _write(settings: Path, lines: list[str]) -> None:
    settings.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(settings) as unfinished:
        unfinished.write_text("\n".join(lines).lstrip("\n") + "\n", encoding="utf-8")
