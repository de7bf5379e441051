"""Sentences in the user's language, through gettext.

English sentences are the keys; `draggan_server.host.sentences` has them all, and the errors of the
wire, whose sentences stand where they are raised. `locale` has a catalog for each other language;
the installer compiles it. What a catalog lacks is said in English.
"""

from __future__ import annotations

import gettext
import itertools
import logging
import os
import re
from pathlib import Path

from draggan_server.host.sentences.counted import Counted
from draggan_server.host.sentences.words import DECIMAL_SIGN
from draggan_server.wire.errors import DragganError
from draggan_server.wire.said import Said

DOMAIN = "draggan"
LOCALE = Path(__file__).with_name("locale")

_logger = logging.getLogger(__name__)
_catalog: gettext.NullTranslations = gettext.NullTranslations()


def use_language(*languages: str, folder: Path = LOCALE) -> None:
    """Speak the first of these languages that is known, such as "de_AT", "de" or "en".

    Without any, the environment says them, where gettext looks for them.
    """
    global _catalog
    spoken = foreign_languages(*languages)
    _catalog = gettext.translation(DOMAIN, folder, spoken, fallback=True)


def foreign_languages(*languages: str) -> list[str]:
    """Those of the languages, or of the environment's, that are preferred to English. Who prefers
    English to German must not get German, merely because there is a catalog for the one and none
    for the other."""
    return list(itertools.takewhile(_is_foreign, languages or _languages_of_environment()))


def tr(sentence: str, **values: object) -> str:
    """The sentence in the user's language, with the values in the places of its {names}."""
    return _filled(_catalog.gettext(sentence), sentence, values)


def tr_count(counted: Counted, count: int, **values: object) -> str:
    """The form of the sentence that goes with a count, which it may name as {count}."""
    values["count"] = count
    translated = _catalog.ngettext(counted.one, counted.many, count)
    return _filled(translated, counted.one if count == 1 else counted.many, values)


def tr_error(error: DragganError) -> str:
    """What an error says, in the user's language; in English where it has come damaged. Sentences
    on lines of their own are translated one by one."""
    try:
        values = {name: _tr_value(value) for name, value in error.values.items()}
        return " ".join(tr(one, **values) for one in error.sentence.split("\n"))
    except (AttributeError, LookupError, ValueError):
        return str(error)


def tr_said(said: Said) -> str:
    """The same of a sentence within others."""
    return tr(said.sentence, **{name: _tr_value(value) for name, value in said.values.items()})


def decimal(value: float, digits: int = 1) -> str:
    """A number with that many decimals, written as the user does."""
    return f"{value:.{digits}f}".replace(".", tr(DECIMAL_SIGN))


def plain(label: str) -> str:
    """A label without the underscore that marks its key."""
    return label.replace("_", "")


def _tr_value(value: object) -> object:
    return tr_said(value) if isinstance(value, Said) else value


def _languages_of_environment() -> list[str]:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value.split(":")
    return []


def _is_foreign(language: str) -> bool:
    """Whether a catalog is needed for it."""
    return re.split("[_.@-]", language)[0].lower() not in ("en", "c", "posix")


def _filled(translated: str, sentence: str, values: dict[str, object]) -> str:
    if not values:
        return translated
    try:
        return translated.format(**values)
    except (AttributeError, LookupError, ValueError):
        _logger.warning("the translation of %r has other names in it", sentence)
        return sentence.format(**values)
