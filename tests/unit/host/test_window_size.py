"""The size that the user gave to a window, kept for the next time."""

from __future__ import annotations

from pathlib import Path

import pytest

from draggan_server.host import settings
from draggan_server.host.dialog.layout import BESIDE
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.options import OPTIONS
from draggan_server.host.window_size import WindowSize
from draggan_server.wire.install_record import CONNECTION_FILE_VARIABLE

AT_FIRST, LARGER = (600, 400), (700, 660)


@pytest.fixture(autouse=True)
def settings_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONNECTION_FILE_VARIABLE, str(tmp_path / "connection.json"))


def test_a_size_that_the_user_gave_is_there_again() -> None:
    size = WindowSize("drag", Form(), BESIDE)
    assert size.opened(AT_FIRST) is None
    size.closed(LARGER)
    assert settings.load().sizes == {"drag": LARGER}
    assert WindowSize("drag", Form(), BESIDE).opened(AT_FIRST) == LARGER
    assert WindowSize("models", Form(), ()).opened(AT_FIRST) is None


def test_a_size_that_nobody_has_changed_is_not_kept() -> None:
    size = WindowSize("drag", Form(), BESIDE)
    size.opened(AT_FIRST)
    size.closed(AT_FIRST)
    assert not settings.load().sizes


def test_nor_one_that_a_fold_may_have_changed() -> None:
    form = Form()
    size = WindowSize("drag", form, BESIDE)
    size.opened(AT_FIRST)
    form.act(OPTIONS, True)
    size.closed(LARGER)
    assert not settings.load().sizes


def test_a_window_that_was_never_shown_has_none() -> None:
    WindowSize("drag", Form(), BESIDE).closed(LARGER)
    assert not settings.load().sizes
