"""Bytes and times as people say them."""

from __future__ import annotations

import time
from collections.abc import Callable

from draggan_server.host.sentences import words
from draggan_server.host.translation import decimal, tr, tr_count

_SURE_SECONDS = 2.0
"""Before that nothing is said of what is left: it would jump."""


def size_words(size: float) -> str:
    """A number of bytes, in the unit that suits it (1 MB is 1,000,000 bytes)."""
    if size < 1e6:
        return tr(words.KILOBYTES, count=round(size / 1e3))
    if size < 1e9:
        return tr(words.MEGABYTES, count=round(size / 1e6))
    return tr(words.GIGABYTES, count=decimal(size / 1e9))


def left_words(seconds: float) -> str:
    """A time that is left, rounded as such times are."""
    if seconds < 90:
        return tr_count(words.SECONDS_LEFT, max(1, round(seconds)))
    if seconds < 5400:
        return tr_count(words.MINUTES_LEFT, round(seconds / 60))
    return tr_count(words.HOURS_LEFT, round(seconds / 3600))


def lasted_words(seconds: float) -> str:
    """How long something has gone on."""
    if seconds < 90:
        return tr_count(words.SECONDS, round(seconds))
    if seconds < 5400:
        return tr_count(words.MINUTES, round(seconds / 60))
    if seconds < 48 * 3600:
        return tr_count(words.HOURS, round(seconds / 3600))
    return tr_count(words.DAYS, round(seconds / 86400))


class TimeLeft:
    """What is left of something, by how fast it has gone since the first that was heard of it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._what = ""
        self._began = self._first = 0.0

    def words(self, what: str, share: float) -> str:
        """How long it will take yet, where that can be told, else nothing.

        `share` of it, 0 to 1, is done; another `what` begins anew.
        """
        now = self._clock()
        if what != self._what:
            self._what, self._began, self._first = what, now, share
        passed, done = now - self._began, share - self._first
        if passed < _SURE_SECONDS or done <= 0:
            return ""
        return left_words(passed * (1 - share) / done)
