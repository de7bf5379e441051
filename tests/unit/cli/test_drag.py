"""What `draggan drag` refuses before it asks a daemon."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from draggan_server.cli.drag import drag
from draggan_server.wire.errors import BadInput


def test_a_tracker_is_for_the_method_that_has_one(tmp_path: Path) -> None:
    arguments = ["--seed", "1", "--point", "9,9:9,12", "-o", str(tmp_path / "out.png")]
    with pytest.raises(BadInput, match=r"newton has no option tracker.*choose draggan"):
        CliRunner().invoke(drag, [*arguments, "--tracker", "patches"], catch_exceptions=False)
