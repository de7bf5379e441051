from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from draggan_server.host import translation
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.models import MODEL, Models
from draggan_server.host.model_words import about, licence_of, shows
from draggan_server.host.sentences import refusals, said, words
from draggan_server.host.sentences.counted import Counted
from draggan_server.host.translation import (
    decimal,
    plain,
    tr,
    tr_count,
    tr_error,
    use_language,
)
from draggan_server.plugins.catalogs import compile_catalogs
from draggan_server.wire.errors import BadInput, DaemonUnreachable, DragganError, unreachable
from draggan_server.wire.messages import Failure, InstalledModel, ModelInfo, ModelList
from draggan_server.wire.said import Said
from draggan_server.wire.versions import (
    THIS_SIDE,
    Side,
    of_client,
    of_daemon,
    of_missing_feature,
    of_other_machine,
)
from stylegan2.checkpoints import convert
from stylegan2.errors import CheckpointError

COUNTED = Counted("{count} lion", "{count} lions")
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Catalogs of Polish, which has three forms for counts, and of German."""
    polish = polib.POFile()
    polish.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || "
        "n%100>=20) ? 1 : 2);",
    }
    forms = {0: "{count} lew", 1: "{count} lwy", 2: "{count} lwów"}
    polish.append(polib.POEntry(msgid=COUNTED.one, msgid_plural=COUNTED.many, msgstr_plural=forms))
    polish.append(polib.POEntry(msgid="Point {number}", msgstr="Punkt {liczba}"))
    polish.save(str(tmp_path / "pl.po"))
    german = (translation.LOCALE / "de.po").read_bytes()
    (tmp_path / "de.po").write_bytes(german)
    compile_catalogs(tmp_path, tmp_path / "compiled")
    return tmp_path / "compiled"


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use_language("en")


def test_english_needs_no_catalog() -> None:
    assert tr(words.START) == "_Start"
    assert tr(said.STEP, step=3, distance=decimal(1.25)) == "Step 3: 1.2 px to go"
    assert [tr_count(COUNTED, count) for count in (0, 1, 2)] == ["0 lions", "1 lion", "2 lions"]


def test_german_texts_are_found(folder: Path) -> None:
    use_language("de_AT", folder=folder)
    assert plain(tr(words.START)) == "Starten"
    assert tr(said.STEP, step=3, distance=decimal(1.25)) == "Schritt 3: noch 1,2 px"
    assert tr_count(words.COUNTED_POINTS, 1) == "1 Punkt"
    assert tr_count(words.COUNTED_POINTS, 2) == "2 Punkte"


def test_what_a_model_shows_is_said_in_german(folder: Path) -> None:
    use_language("de", folder=folder)
    assert shows(ModelInfo("x", "wild animals' faces", 512, 512, "CC0-1.0")) == (
        "Gesichter wilder Tiere, 512 × 512"
    )
    assert shows(ModelInfo("x", "my own {cats}", 512, 512, "CC0-1.0")).startswith("my own {")
    assert shows(ModelInfo("x", "", 512, 512, "CC0-1.0")) == "512 × 512 Pixel"


def test_a_language_with_more_forms(folder: Path) -> None:
    use_language("pl", folder=folder)
    said_of = [tr_count(COUNTED, count) for count in (1, 3, 5, 22)]
    assert said_of == ["1 lew", "3 lwy", "5 lwów", "22 lwy"]
    assert tr(words.START) == "_Start"  # which the catalog lacks


def test_a_translation_with_other_names_is_not_used(folder: Path) -> None:
    use_language("pl", folder=folder)
    assert tr("Point {number}", number=3) == "Point 3"


@pytest.mark.parametrize(
    ("languages", "word"),
    [
        (("de",), "_Starten"),
        (("fr", "de_DE.UTF-8"), "_Starten"),
        (("en_GB", "de"), "_Start"),
        (("C", "de"), "_Start"),
        (("fr",), "_Start"),
    ],
)
def test_the_first_language_that_is_known_is_spoken(
    folder: Path, languages: tuple[str, ...], word: str
) -> None:
    use_language(*languages, folder=folder)
    assert tr(words.START) == word


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({}, "_Start"),
        ({"LANG": "de_DE.UTF-8"}, "_Starten"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"}, "_Start"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "fr:de"}, "_Starten"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "en:de"}, "_Start"),
    ],
)
def test_the_environment_says_the_language(
    folder: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], word: str
) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    use_language(folder=folder)
    assert tr(words.START) == word


def test_errors_are_translated_also_those_of_the_daemon(folder: Path) -> None:
    use_language("de", folder=folder)
    error = BadInput(refusals.LOCKED, name="Löwe {x}")
    assert str(error) == "“Löwe {x}” is locked: unlock it, then drag."
    german = "„Löwe {x}“ ist gesperrt: erst entsperren, dann ziehen."
    assert tr_error(error) == german
    arrived = Failure.of(error).error()
    assert (type(arrived), str(arrived), tr_error(arrived)) == (BadInput, str(error), german)
    assert tr_error(Failure.of(BadInput(refusals.NO_DRAG)).error()) == tr(refusals.NO_DRAG)


def test_a_file_that_is_refused_is_told_of_in_german_with_the_reason(
    folder: Path, tmp_path: Path
) -> None:
    use_language("de", folder=folder)
    path = tmp_path / "lion{0}.pkl"
    path.write_bytes(b"\x89PNG, and more")
    with pytest.raises(CheckpointError) as refused:
        convert(path, tmp_path / "lion.safetensors")
    error = refused.value
    assert str(error) == "lion{0}.pkl is refused. It is a picture."
    arrived = Failure.of(BadInput(error.sentence, **error.values)).error()
    assert tr_error(arrived) == "lion{0}.pkl wird abgelehnt. Sie ist ein Bild."
    path.write_bytes(b"\x80\x09")
    with pytest.raises(CheckpointError) as refused:
        convert(path, tmp_path / "lion.safetensors")
    arrived = Failure.of(BadInput(refused.value.sentence, **refused.value.values)).error()
    assert tr_error(arrived) == (
        "lion{0}.pkl wird abgelehnt. Ihr Pickle hat das Protokoll 9; erwartet: 2 bis 5."
    )


@pytest.mark.parametrize(
    ("sentence", "values"),
    [("{name", ()), ("{name.x}", (("name", "lion"),)), ("{other}", (("name", "lion"),))],
)
def test_an_error_that_came_damaged_is_said_in_english(
    sentence: str, values: tuple[tuple[str, str], ...]
) -> None:
    failure = Failure("bad-input", "The lion is asleep.", sentence, values or (("a", "b"),))
    assert tr_error(failure.error()) == "The lion is asleep."


def test_braces_without_values_are_braces() -> None:
    error: DragganError = BadInput('{"a": 1} is no list')
    assert str(error) == tr_error(error) == '{"a": 1} is no list'


def test_what_is_said_of_other_versions_is_german(folder: Path) -> None:
    use_language("de", folder=folder)
    newer, older = (Side(f"{major}.0", (major, 0), (major, 1)) for major in (90, 0))
    told = [
        *(of_daemon(side, fresh=fresh) for side in (newer, older) for fresh in (False, True)),
        *(of_other_machine(side) for side in (newer, older)),
        *(of_client(side.newest) for side in (newer, older)),
        of_missing_feature(older),
    ]
    for error in told:
        german = tr_error(Failure.of(error).error())
        assert german != str(error), error
        assert "Protokoll" in german
    assert tr_error(told[2]).startswith(
        "Der laufende DragGAN-Dienst (Version 0.0, Protokoll 0.1) ist zu alt für dieses Programm "
        f"(Version {THIS_SIDE.release}, Protokoll "
    )


def test_a_sentence_within_another_is_translated_too(folder: Path) -> None:
    use_language("de", folder=folder)
    why = Said("The daemon cannot be reached ({why}).", why=Said("no connection"))
    error = DaemonUnreachable("{why} Start it with: draggan serve", why=why)
    assert str(error).startswith("The daemon cannot be reached (no connection). Start")
    german = "Der Dienst ist nicht zu erreichen (keine Verbindung)."
    assert tr_error(error).startswith(german)
    assert tr_error(Failure.of(error).error()).startswith(german)
    assert tr_error(Failure.of(unreachable(why)).error()) == german
    assert tr_error(unreachable("It is gone.")) == "It is gone."


@pytest.mark.parametrize("licence", ["unknown", "MIT"])
def test_a_licence_that_is_not_known_is_said_to_be_so(folder: Path, licence: str) -> None:
    use_language("de", folder=folder)
    model = ModelInfo("x", "cats", 8, 8, licence)
    assert licence_of(model) == {"unknown": "unbekannt"}.get(licence, licence)
    form = Form()
    Models(form, "x").show(ModelList((model,)))
    (entry,) = form.look(MODEL).entries
    assert licence_of(model) in entry.tip
    alone = tr(words.LICENCE, licence="unbekannt") if licence == "unknown" else licence
    shelved = InstalledModel("x", "cats", 8, 8, licence, "", "/models/x", 100, True)
    assert about(shelved).endswith(f" · {alone}")
