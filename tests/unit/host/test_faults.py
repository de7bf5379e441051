"""What a user is told of a failure."""

from __future__ import annotations

from pathlib import Path

from draggan_server.host.faults import failure_sentence
from draggan_server.host.sentences import said
from draggan_server.host.translation import LOCALE, use_language
from draggan_server.plugins.catalogs import compile_catalogs
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
