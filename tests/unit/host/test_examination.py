"""Looking for faults: the real command, and what becomes of one that says something else."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from draggan_server.doctor.finding import parts_of
from draggan_server.host import examination
from draggan_server.host.examination import Examination, Fault, Report
from draggan_server.host.translation import LOCALE, use_language
from draggan_server.plugins.catalogs import compile_catalogs
from draggan_server.wire.errors import BadInput, DaemonMissing
from draggan_server.wire.install_record import InstallRecord
from draggan_server.wire.said import Said
from tests.patience import deadline_in

DOCUMENT = {
    "version": "1",
    "findings": [
        {"state": "good", "parts": ["port", "Open.", ""], "can_be_mended": False},
        {"state": "bad", "parts": ["disk", "Full.", "Room!"], "can_be_mended": True},
    ],
    "mended": ["worker"],
    "not_mended": {},
}
FULL = Fault("disk", "Full.", "Room!", True)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """The daemon's command, to be changed: a Python that runs some code in the doctor's place."""
    command = [sys.executable, "-c", ""]

    def record() -> InstallRecord:
        return InstallRecord((*command, "serve"), tmp_path / "connection.json", "1")

    monkeypatch.setattr(examination, "install_record", record)
    return command


def outcome(one: Examination) -> Report:
    deadline = deadline_in(60)
    while (report := one.poll()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return report


def test_what_it_prints_is_read_though_it_warns_before() -> None:
    expected = Report(2, (FULL,), 1)
    assert Report.parse("a warning\n" + json.dumps(DOCUMENT) + "\n") == expected


@pytest.mark.parametrize("text", ["", "{}", "nonsense", '{"findings": 3}', '{"findings": [3]}'])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        Report.parse(text)


def test_what_the_doctor_says_is_said_in_the_user_s_language(tmp_path: Path) -> None:
    how = Said("Install it again: {python} -m pip install --force-reinstall torch", python="py")
    advice = Said("Update the driver, or take an older build. {how}", how=how)
    texts = ["disk", Said("{free} GB are free at {there}.", free="1.5", there="/home"), advice]
    one = {"state": "bad", "parts": [parts_of(text) for text in texts], "can_be_mended": False}
    document = json.dumps({"findings": [one], "mended": []})
    assert Report.parse(document).faults == (Fault(*map(str, texts), False),)
    compile_catalogs(LOCALE, tmp_path)
    use_language("de", folder=tmp_path)
    try:
        (fault,) = Report.parse(document).faults
    finally:
        use_language("en")
    assert (fault.link, fault.says) == ("Platte", "1.5 GB sind frei in /home.")
    assert fault.advice.startswith("Den Treiber aktualisieren")
    assert fault.advice.endswith("Es neu installieren: py -m pip install --force-reinstall torch")


@pytest.mark.parametrize("mend", [False, True])
def test_it_is_asked_whether_to_mend(installed: list[str], mend: bool) -> None:
    installed[2] = f"import sys; print({json.dumps(DOCUMENT)!r}); print(sys.argv, file=sys.stderr)"
    one = Examination(mend)
    log = Path(one._folder.name) / "doctor.txt"
    while one._process.poll() is None:
        time.sleep(0.01)
    assert ("--fix" in log.read_text().splitlines()[-1]) is mend
    assert outcome(one).faults == (FULL,)
    assert not log.parent.exists()


def test_one_that_breaks_off_is_said_with_its_last_line(installed: list[str]) -> None:
    installed[2] = "raise SystemExit('no torch')"
    with pytest.raises(BadInput, match="no torch"):
        outcome(Examination())


def test_one_that_is_closed_ends(installed: list[str]) -> None:
    installed[2] = "import time; time.sleep(600)"
    one = Examination()
    assert one.poll() is None
    one.close()
    assert one._process.poll() is not None
    assert not Path(one._folder.name).exists()


def test_where_there_is_none_it_is_said(
    monkeypatch: pytest.MonkeyPatch, installed: list[str], tmp_path: Path
) -> None:
    installed[0] = str(tmp_path / "gone")
    with pytest.raises(BadInput, match="could not be looked"):
        Examination()
    record = InstallRecord((), tmp_path / "connection.json", "1")
    monkeypatch.setattr(examination, "install_record", lambda: record)
    with pytest.raises(DaemonMissing):
        Examination()


def test_the_doctor_of_this_installation_is_understood(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The two sides agree on what is printed."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/nonexistent")  # no hosts: that is a fault
    report = outcome(Examination())
    assert report.looked_at > len(report.faults)
    assert [one.link for one in report.faults if "GIMP" in one.says] == ["hosts"]
