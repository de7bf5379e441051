"""The window of models in a real Krita: a model is downloaded, paused, had, and removed."""

from __future__ import annotations

import re

import pytest

from tests.hosts.krita.krita_host import KritaHost
from tests.hosts.library import Library

pytestmark = pytest.mark.krita


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_model_is_had_without_a_terminal(
    krita: KritaHost, library: Library, language: str
) -> None:
    file = library.home / "added.safetensors"
    file.write_bytes(library.server.content)
    said = krita.run(
        "models:all_in_turn",
        {"language": language, "file": str(file), "url": library.server.url},
        {**library.environment, "LANGUAGE": language},
        seconds=120,
    )
    assert said["title"] == {"en": "Models", "de": "Modelle"}[language]
    assert said["names"][:2] == ["toy-lion", "lions-512"]
    any_picture = {
        "en": "any picture (Stable Diffusion, needs a GPU)",
        "de": "jedes Bild (Stable Diffusion, braucht eine GPU)",
    }[language]
    assert said["any picture"].startswith(any_picture)
    assert said["whole"], "the chosen model is not seen whole"
    assert said["may download"] == [False, True]
    assert 0 < said["share"] < 1
    amounts = {
        "en": r"[\d.]+ [kM]B of [\d.]+ [kM]B, \d+ (second|minute)s? left",
        "de": r"[\d,]+ [kM]B von [\d,]+ [kM]B, noch \d+ (Sekunde|Minute)n?",
    }[language]
    assert re.fullmatch(amounts, said["words"])
    free = {"en": "are free", "de": "sind frei"}[language]
    assert str(library.folder) in said["place"]
    assert re.search(rf"[\d.,]+ [MG]B {free}", said["place"])
    assert said["paused"] == {"en": "Go on downloading", "de": "Weiter herunterladen"}[language]
    assert said["installed"][:2] == ["toy-lion", "lions-512"]
    assert library.server.asked_ranges()[0] is None
    assert str(library.server.asked_ranges()[1]).startswith("bytes=")
    assert said["removed"][:2] == ["toy-lion", "lions-512"]
    assert said["added"] == ["toy-lion", "added"]
    assert said["list of window"] > 0.5
    assert said["fetched"] == ["toy-lion", "added", "model"]
    assert library.installed == ["added", "model"]
