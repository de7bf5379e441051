"""Fixtures for the tests in real hosts, and the policy for machines that have none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from draggan_server.host import settings
from tests import colour_models
from tests.daemon import running_daemon
from tests.hosts import system
from tests.hosts.any_picture import running_with_any_picture
from tests.hosts.house import House, running_house
from tests.hosts.library import Library, running_library
from tests.package_index import serving
from tests.wheelhouse import WITHOUT_INTERNET, make_wheelhouse


@pytest.fixture(scope="session")
def gimp_system() -> system.HostSystem:
    return _or_leave_out(system.gimp_system)


@pytest.fixture(scope="session")
def krita_system() -> system.HostSystem:
    return _or_leave_out(system.krita_system)


def _or_leave_out(find: Callable[[], system.HostSystem]) -> system.HostSystem:
    try:
        return find()
    except system.HostsMissing as error:
        if os.environ.get("CI"):
            pytest.fail(f"In CI the host tests must run: {error}")
        pytest.skip(f"left out: {error}")


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment by which hosts reach a daemon that runs outside of them.

    A host that finds its settings there sets points; the picture does not follow.
    """
    with running_daemon(tmp_path_factory.mktemp("daemon")) as environment:
        connection = Path(environment["DRAGGAN_CONNECTION_FILE"])
        settings.remember(connection.with_name(settings.FILE_NAME), live=False)
        yield environment


@pytest.fixture(scope="session")
def any_picture_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The same for a daemon that has a model for any picture, too. The picture is to follow."""
    with running_with_any_picture(tmp_path_factory.mktemp("any-picture")) as environment:
        yield environment


@pytest.fixture(scope="session")
def colour_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The same for a daemon that has the models of `tests.colour_models`, too."""
    home = tmp_path_factory.mktemp("colours")
    colour_models.install(home)
    with running_daemon(home) as environment:
        yield environment


@pytest.fixture
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A daemon of which models can be had."""
    with running_library(tmp_path_factory.mktemp("library")) as library:
        yield library


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the daemon is set up from."""
    folder = tmp_path_factory.mktemp("wheels")
    make_wheelhouse(folder, tmp_path_factory.mktemp("build"))
    return folder


@pytest.fixture(scope="session")
def setup_index(wheelhouse: Path) -> Iterator[dict[str, str]]:
    """The environment of a host that reaches nothing but an index on this machine, which has what
    the daemon is set up from. It is so slow that progress can be seen."""
    with serving(wheelhouse) as index:
        index.seconds_a_megabyte = 1.0
        yield {**WITHOUT_INTERNET, "PIP_INDEX_URL": index.url}


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Another machine's daemon."""
    with running_house(tmp_path_factory.mktemp("house")) as house:
        yield house
