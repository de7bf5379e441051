"""A file made to do harm is refused, for the right reason, and nothing of it happens."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stylegan2 import CheckpointError
from stylegan2.checkpoints.budget import Budget
from stylegan2.checkpoints.pickle_machine import PickleMachine
from stylegan2.checkpoints.reading import read_bytes
from tests.unit.stylegan2.checkpoints import malicious, malicious_arrays
from tests.unit.stylegan2.checkpoints.layouts import LAYOUTS
from tests.unit.stylegan2.checkpoints.malicious import Malicious
from tests.unit.stylegan2.checkpoints.tiny import tiny

CORPUS = [*malicious.corpus(), *malicious_arrays.corpus()]


@pytest.mark.parametrize("case", CORPUS, ids=[case.label for case in CORPUS])
def test_it_is_refused_with_the_reason(case: Malicious) -> None:
    with pytest.raises(CheckpointError, match=case.reason):
        read_bytes(memoryview(case.content), io.BytesIO(case.content))


def test_there_are_enough_of_them() -> None:
    assert len({case.content for case in CORPUS}) == len(CORPUS) >= 150


WATCH = """
import io, json, sys
from pathlib import Path
from stylegan2.checkpoints.reading import read
from stylegan2.checkpoints.writing import write_safetensors
from stylegan2.errors import CheckpointError

folder = Path(sys.argv[1])
good, bad = sorted(folder.glob("good-*")), sorted(folder.glob("bad-*"))

def run(path, destination):
    try:
        write_safetensors(read(path), destination)
    except CheckpointError:
        return False
    return True

# What numpy and zipfile import at their first use is no matter of the files.
b"x".decode("cp437")
for path in good:
    assert run(path, folder / f"warm-{path.name}")

seen, watching = [], False

def watch(event, arguments):
    if watching:
        written = event == "open" and arguments[1] not in ("r", "rb", None)
        seen.append([event, str(arguments[0])[:80] if arguments else "", written])

sys.addaudithook(watch)
watching = True
refused = [not run(path, folder / "must-not-exist") for path in bad]
watching = False
read_only = len(seen)
watching = True
converted = [run(path, folder / f"out-{path.name}") for path in good]
watching = False
print(json.dumps([refused, converted, seen[:read_only], seen[read_only:]]))
"""


def test_nothing_happens_while_they_are_read(tmp_path: Path) -> None:
    """Seen through Python's audit events: files are opened and mapped, and that is all."""
    for number, case in enumerate(CORPUS):
        (tmp_path / f"bad-{number:03}").write_bytes(case.content)
    for name, layout in LAYOUTS.items():
        (tmp_path / f"good-{name}").write_bytes(layout.write(tiny(2)))
    child = subprocess.run(
        [sys.executable, "-c", WATCH, str(tmp_path)], capture_output=True, text=True, check=True
    )
    refused, converted, while_refusing, while_converting = json.loads(child.stdout)
    assert all(refused)
    assert len(refused) == len(CORPUS)
    assert all(converted)
    assert len(converted) == len(LAYOUTS)
    for events, prefix in ((while_refusing, "bad-"), (while_converting, "good-")):
        assert {event for event, _, _ in events} <= {"open", "mmap.__new__", "builtins.id"}
        opened = [(Path(path), written) for event, path, written in events if event == "open"]
        assert {path.parent for path, _ in opened} == {tmp_path}
        for path, written in opened:
            assert path.name.startswith("out-" if written else prefix)
    assert not (tmp_path / "must-not-exist").exists()


def test_the_watch_sees_what_a_pickle_can_do(tmp_path: Path) -> None:
    """Else the test above could not fail."""
    (tmp_path / "bad-0").write_bytes(b"cos\nsystem\n(X\x04\x00\x00\x00truetR.")
    script = WATCH.replace(
        "write_safetensors(read(path), destination)", "__import__('pickle').load(path.open('rb'))"
    )
    child = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    events = json.loads(child.stdout)[2]
    assert {"pickle.find_class", "os.system"} <= {event for event, _, _ in events}


@given(content=st.binary(max_size=200), protocol=st.sampled_from([b"\x80\x02", b"\x80\x04", b""]))
@settings(max_examples=2000, deadline=None)
def test_any_bytes_at_all_are_read_or_refused(content: bytes, protocol: bytes) -> None:
    machine = PickleMachine(memoryview(protocol + content), {}, Budget())
    with contextlib.suppress(CheckpointError):
        machine.load()
