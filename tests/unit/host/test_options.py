"""The names of what can be chosen."""

from __future__ import annotations

import pytest

from draggan_server.host.forms.options import METHOD_WORDS, QUALITY_WORDS, method_name, method_tip
from draggan_server.host.settings import QUALITIES
from draggan_server.wire.drag_config import METHODS


def test_all_that_can_be_chosen_has_a_name() -> None:
    assert set(METHOD_WORDS) == set(METHODS)
    assert tuple(QUALITY_WORDS) == QUALITIES


@pytest.mark.parametrize("method", METHODS)
def test_a_method_has_its_own_name_in_brackets_and_a_tip(method: str) -> None:
    assert method_name(method).endswith(f" ({method})")
    assert method_tip(method).endswith(".")
