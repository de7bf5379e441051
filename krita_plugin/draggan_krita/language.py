"""The language that the user has chosen in Krita, or else that of the system."""

from __future__ import annotations

from draggan_server.host.translation import use_language

from .qt import QLocale


def speak_as_krita_does() -> None:
    """Krita gives Qt the language that was chosen in it; Qt knows the system's by itself."""
    use_language(*(name.replace("-", "_") for name in QLocale().uiLanguages()))
