"""Bright, dark and darker colours, many pixels, a narrow docker, two languages: nothing is cut,
and all can be read."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.hosts.krita.krita_host import BRIGHT, DARK, DARKER, KritaHost, screen

pytestmark = pytest.mark.krita

_SMALLEST = (1024, 768)
_WIDTH = 220


@pytest.mark.parametrize(
    ("theme", "scale", "language"),
    [(DARK, 1.0, "de"), (BRIGHT, 1.0, "de"), (BRIGHT, 1.5, "en"), (DARK, 2.0, "en")],
)
def test_nothing_is_cut_or_pale(
    krita: KritaHost,
    fake_daemon: dict[str, str],
    tmp_path: Path,
    theme: str,
    scale: float,
    language: str,
) -> None:
    look = f"{theme.partition(' ')[2]}-{scale}-{language}"
    variables = {"LANGUAGE": language, "QT_SCALE_FACTOR": str(scale)}
    width, height = (round(scale * side) for side in _SMALLEST)
    with screen(krita.system, krita.folder, (width, height)) as display:
        small = dataclasses.replace(krita, display=display.name)
        other = DARKER if theme == DARK else DARK
        arguments, env = {"look": look, "other theme": other}, {**fake_daemon, **variables}
        said = small.run("screens:all_of_them", arguments, env, 240, theme=theme)
    assert said.pop("width") <= _WIDTH
    assert "photo" in said.pop("names")
    assert said.pop("alike")
    faults = [f"{name}: {fault}" for name, found in said.items() for fault in found]
    assert not faults, "\n".join(faults)
