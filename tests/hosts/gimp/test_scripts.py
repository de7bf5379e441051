"""Procedures for scripts in a real GIMP, and the examples of the documents, as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hosts.gimp.gimp_host import GimpHost, case_names

pytestmark = pytest.mark.gimp

Outcomes = dict[str, str]


@pytest.fixture(scope="module")
def scripts(gimp: GimpHost, daemon: dict[str, str]) -> Outcomes:
    return gimp.run_cases("script_cases", daemon)


@pytest.mark.parametrize("name", case_names("script_cases"))
def test_a_script_is_answered(name: str, scripts: Outcomes) -> None:
    if scripts[name]:
        pytest.fail(f"inside GIMP: {scripts[name]}", pytrace=False)


@pytest.fixture(scope="module")
def examples(repository: Path) -> dict[str, str]:
    """The code in the document, by its language; what is Python is one script."""
    text = (repository / "gimp_plugin/SCRIPTS.md").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for language, code in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        found[language] = found.get(language, "") + code
    return found


def test_the_example_in_python_runs(
    gimp: GimpHost, daemon: dict[str, str], examples: dict[str, str]
) -> None:
    script = gimp.home / "lion.py"
    script.write_text(f"import os\nos.chdir({str(gimp.home)!r})\n{examples['python']}")
    said = gimp.batch(f"exec(open({str(script)!r}).read(), {{}})", daemon, 120)
    assert "drawn by toy-lion of seed 8" in said
    assert "drags: 1" in said
    assert re.search(r"of the photo the model shows \d+ percent", said)
    assert (gimp.home / "lion.xcf").stat().st_size > 10_000


def test_the_example_in_script_fu_runs(
    gimp: GimpHost, daemon: dict[str, str], examples: dict[str, str]
) -> None:
    script = gimp.home / "lion.scm"
    target = gimp.home / "lion-scheme.xcf"
    script.write_text(examples["scheme"].replace('"lion-scheme.xcf"', f'"{target}"'))
    said = gimp.batch(f'(load "{script}")', daemon, 120, "plug-in-script-fu-eval")
    assert '"model": "toy-lion"' in said
    assert '"position": 1' in said
    assert "CRITICAL **" not in said.partition("[Untitled]")[0]
    assert target.stat().st_size > 10_000
