"""The documents: their links lead somewhere, and the commands in them are there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import draggan_server.cli
from tests.hosts.pictures import PICTURES

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    REPOSITORY / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if name != "CHANGELOG.md"
)


def test_pages_are_built_and_no_link_leads_nowhere(tmp_path: Path) -> None:
    mkdocs = pytest.importorskip("mkdocs")
    pytest.importorskip("mkdocstrings")
    command = [sys.executable, "-m", mkdocs.__name__, "build", "--strict", "--site-dir"]
    done = subprocess.run([*command, str(tmp_path)], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    start = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "DragGAN for GIMP and Krita" in start
    for picture in ("krita_plugin/screenshot.png", "gimp_plugin/live.webp"):
        assert (tmp_path / picture).is_file()
    api = (tmp_path / "draggan_server/API/index.html").read_text(encoding="utf-8")
    assert "load_generator" in api
    foreign = re.findall(r'(?:src|href)="(https?://[^"]+\.(?:js|css|woff2?))"', start)
    assert foreign == []


def test_the_pictures_of_the_start_and_the_tutorials_are_those_that_are_made() -> None:
    shown = {
        str((document.parent / picture).resolve().relative_to(REPOSITORY))
        for document in (
            REPOSITORY / "README.md",
            REPOSITORY / "gimp_plugin/README.md",
            REPOSITORY / "krita_plugin/README.md",
        )
        for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", document.read_text(encoding="utf-8"))
    }
    assert shown == {picture for made in PICTURES.values() for picture in made}


def commands_in(text: str) -> Iterator[list[str]]:
    """The words of each command line of ours in a document."""
    for block in re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in re.split(r"[\n;]", block):
            found = re.match(r"\s*(?:do )?(?:\.venv/bin/)?draggan (.*)", line)
            if found:
                yield shlex.split(found[1], comments=True)


def problem_of(words: list[str]) -> str:
    """What is wrong with a command line, empty where nothing is."""
    command: click.Command = draggan_server.cli._draggan
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        name = rest.pop(0)
        inner = command.get_command(click.Context(command), name)
        if inner is None:
            return f"there is no command {name}"
        command = inner
    known = {option for parameter in command.params for option in parameter.opts} | {"-h"}
    unknown = [word for word in rest if re.match(r"--?[a-z]", word) and word not in known]
    return f"{command.name} has no option {unknown}" if unknown else ""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_commands_in_documents_are_there(path: Path) -> None:
    lines = list(commands_in(path.read_text(encoding="utf-8")))
    assert [(words, problem_of(words)) for words in lines if problem_of(words)] == []


def test_a_command_that_is_not_there_is_found() -> None:
    (words,) = commands_in("```\ndraggan roar --loud   # no\n```\n")
    assert words == ["roar", "--loud"]
    assert problem_of(words) == "there is no command roar"
    assert problem_of(["status", "--loud"]) == "status has no option ['--loud']"


def test_readme_s_and_tutorials_have_commands() -> None:
    """So that the test above looks at something."""
    found = {path: list(commands_in(path.read_text(encoding="utf-8"))) for path in DOCUMENTS}
    assert sum(map(len, found.values())) > 30


def test_nothing_that_is_tracked_holds_the_marks_of_a_conflict() -> None:
    pattern = "^(<{7}|>{7}) "
    command = ["git", "grep", "-nIE", pattern]
    found = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True).stdout
    assert found == ""
