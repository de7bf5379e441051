"""What a user is told of a failure."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from draggan_server.host.faults import explained, failure_sentence
from draggan_server.host.sentences import said
from draggan_server.host.translation import LOCALE, use_language
from draggan_server.plugins.catalogs import compile_catalogs
from draggan_server.wire.errors import BadInput, DaemonUnreachable
from draggan_server.wire.messages import Failure


def test_what_to_do_is_said_where_the_daemon_cannot_be_had() -> None:
    again = said.START_TO_TRY_AGAIN
    assert failure_sentence(Failure("unreachable", "Gone."), again) == f"Gone. {again}"
    assert failure_sentence(Failure("bad-input", "No."), again) == "No."


def test_nothing_more_is_said_where_there_is_nothing_to_do(tmp_path: Path) -> None:
    """gettext has an entry without a sentence: the catalog's head."""
    compile_catalogs(LOCALE, tmp_path)
    use_language("de", folder=tmp_path)
    try:
        assert failure_sentence(Failure("unreachable", "Weg.")) == "Weg."
    finally:
        use_language("en")


@pytest.mark.parametrize(
    ("error", "sentence", "level"),
    [
        (BadInput("No."), "No.", None),
        (DaemonUnreachable("Gone."), "Gone.", logging.WARNING),
        (ValueError("odd"), "ValueError('odd')", logging.ERROR),
    ],
)
def test_the_log_is_told_of_what_the_user_has_not_caused(
    error: Exception, sentence: str, level: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    assert sentence in explained(error, "a drag", "plug-in.log")
    assert [record.levelno for record in caplog.records] == ([] if level is None else [level])
    assert all("a drag" in record.getMessage() for record in caplog.records)
