"""The lowest versions that `make check-lowest` installs."""

from __future__ import annotations

from tests.lowest import PYPROJECT, lowest


def test_each_dependency_has_one_that_is_no_newer_than_what_is_tested() -> None:
    tested = dict(
        line.split("==")
        for line in (PYPROJECT.parent / "constraints.txt").read_text().lower().splitlines()
        if "==" in line
    )
    promised = dict(line.lower().split("==") for line in lowest())
    assert {"click", "numpy", "pillow", "torch", "pytest"} <= set(promised)
    for name, version in promised.items():
        assert numbers(version) <= numbers(tested[name]), name


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
