"""The names of what can be chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from draggan_server.host import settings
from draggan_server.host.dialog.layout import BESIDE as IN_DIALOG
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.options import (
    METHOD_WORDS,
    OPTIONS,
    QUALITY_WORDS,
    RESET,
    RESULT,
    RESULT_WORDS,
    Options,
    method_name,
    method_tip,
)
from draggan_server.host.forms.parts import Fold
from draggan_server.host.result_place import RESULT_PLACES
from draggan_server.host.settings import QUALITIES
from draggan_server.wire.drag_config import METHODS
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE


def test_all_that_can_be_chosen_has_a_name() -> None:
    assert set(METHOD_WORDS) == set(METHODS)
    assert tuple(QUALITY_WORDS) == QUALITIES
    assert tuple(RESULT_WORDS) == RESULT_PLACES


def test_only_an_editor_that_can_do_it_asks_where_a_result_goes() -> None:
    (in_dialog,) = (part for part in IN_DIALOG if isinstance(part, Fold))
    assert in_dialog.parts == (RESULT, *OPTIONS.parts)


def test_where_a_result_goes_is_remembered_at_once_and_reset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(tmp_path / "connection.json"))
    form = Form()
    options = Options(form, settings.load())
    assert all(entry.tip for entry in form.look(RESULT).entries)
    form.act(RESULT, "group")
    assert (options.place(), settings.load().result) == ("group", "group")
    form.act(RESET)
    assert (options.place(), settings.load().result) == ("new-layer", "new-layer")


@pytest.mark.parametrize("method", METHODS)
def test_a_method_has_its_own_name_in_brackets_and_a_tip(method: str) -> None:
    assert method_name(method).endswith(f" ({method})")
    assert method_tip(method).endswith(".")
