"""`draggan serve --ray` where Ray is not installed."""

from __future__ import annotations

import importlib.util

import pytest

from draggan_server.cli.daemon import serve
from draggan_server.wire.errors import BadInput


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ray" else found(name)
    )
    with pytest.raises(BadInput, match=r"pip install 'draggan-server\[ray\]'"):
        serve.main(["--ray", "auto"], standalone_mode=False)
