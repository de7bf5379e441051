"""Ctrl-C as a wish, and what it is when it is pressed again."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from draggan_server.cli.interrupt import Interrupt


@pytest.fixture(autouse=True)
def _as_at_a_terminal() -> Iterator[None]:
    """What runs in a shell's background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_pressed_again_it_is_the_same_wish() -> None:
    with Interrupt() as interrupt:
        assert not interrupt.wanted
        for _ in range(2):
            signal.raise_signal(signal.SIGINT)
            assert interrupt.wanted


def test_pressed_again_it_ends_what_it_ends() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupt(ends=True) as interrupt:
        signal.raise_signal(signal.SIGINT)
        assert interrupt.wanted
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
