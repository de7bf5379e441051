"""A file of the user's own in a real Krita: chosen in a window, it is a model, and is prepared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hosts.krita.krita_host import KritaHost
from tests.hosts.own_model import running_with_own_model

pytestmark = pytest.mark.krita


def test_a_file_is_chosen_and_prepared_to_the_end(krita: KritaHost, tmp_path: Path) -> None:
    with running_with_own_model(tmp_path) as own:
        said = krita.run(
            "own_model:chosen_and_prepared", {"file": str(own.file)}, own.environment, seconds=500
        )
        assert own.steps_left == 0
    assert said["installed"].startswith("“mine” is installed")
    assert any(re.search(r"%.*, \d+ (second|minute)s? left$", words) for words in said["learning"])
    assert "prepared" in said["prepared"]
