"""Settings of all tests, which of them run in one process, and how long each part takes."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# How fast an example runs says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]
    """A folder shares its fixtures, and stays in one process."""

    def _split_scope(self, nodeid: str) -> str:
        return part_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFolder:
    return ByFolder(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A table of the folders of tests, the slowest first."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[part_of(report.nodeid)] += report.duration
    if len(seconds) > 1:
        terminalreporter.section("time of each part")
        for part, duration in seconds.most_common():
            terminalreporter.write_line(f"{duration:8.1f} s  {part}")


def part_of(nodeid: str) -> str:
    """The folder that a test is in, at most three deep: tests/unit/editing."""
    folder = PurePosixPath(nodeid.partition("::")[0]).parent
    return "/".join(folder.parts[:3])
