"""What is to be fetched, in figures and in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from draggan_server.download_plan import plan
from draggan_server.host.setup.plan import Plan, fetched_bytes, size_words
from draggan_server.host.setup.source import Source
from draggan_server.wire.errors import ProtocolError
from tests.package_index import make_wheel, serving


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_500, "1.5 kB"),
        (190_500_000, "190 MB"),
        (9_949_000, "9.9 MB"),
        (2_340_000_000, "2.3 GB"),
    ],
)
def test_sizes_are_said_for_people(count: int, words: str) -> None:
    assert size_words(count) == words


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"count": "x"}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        Plan.parse(text)


def test_a_plan_of_a_report(tmp_path: Path) -> None:
    served, local = tmp_path / "served", tmp_path / "lo cal"
    served.mkdir()
    local.mkdir()
    far = make_wheel(served, "far", "1", {"far.py": bytes(5000)})
    near = make_wheel(local, "near", "1", {"near.py": bytes(300)})
    with serving(served) as index:
        url = index.url.replace("/simple/", "/files/")
        urls = [url + far.name, url + "gone.whl", near.as_uri()]
        found = plan({"install": [{"download_info": {"url": url}} for url in urls]})
    size = far.stat().st_size + 2_000_000  # what is taken for one of which nobody says the size
    assert found == {
        "count": 3,
        "fetched": size,
        "needed": size + near.stat().st_size,
        "hosts": ["127.0.0.1"],
    }
    assert not index.fetched


def test_what_has_arrived_is_counted(tmp_path: Path) -> None:
    assert fetched_bytes(tmp_path / "none") == 0
    (tmp_path / "pip-unpack-x").mkdir()
    (tmp_path / "pip-unpack-x/a.whl").write_bytes(bytes(10))
    (tmp_path / "pip-unpack-x/b.txt").write_bytes(bytes(10))
    assert fetched_bytes(tmp_path) == 10


def test_sources_are_options_of_pip() -> None:
    assert Source().options == []
    assert Source(index="https://x/simple").options == ["--index-url", "https://x/simple"]
    assert Source(folder=Path("/f")).options == ["--no-index", "--find-links", "/f"]
    assert Source().requirement.startswith("draggan-server==")
    assert Source().command_elsewhere.endswith(f" draggan-files {Source().requirement}")
    assert Source(wheel=Path("/a.whl")).requirement == "/a.whl"
