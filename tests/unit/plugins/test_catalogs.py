"""The catalogs: complete, and with the same values in the same sentences."""

from __future__ import annotations

import ast
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from draggan_server.doctor import finding
from draggan_server.host.sentences import setup, state, words
from draggan_server.host.translation import LOCALE
from draggan_server.plugins import catalogs
from draggan_server.plugins.catalogs import ERRORS, bring_up_to_date, raising_modules, texts

CATALOGS = sorted(LOCALE.glob("*.po"))
COMPLETE = [LOCALE / "de.po"]
DOCTOR = Path(finding.__file__).parent

BEGINNING = (setup.SET_UP, setup.FETCH, setup.GO_ON, setup.TRY_AGAIN, setup.PAUSE)
"""In one place, at different times."""
KEYS_OF_DIALOGS = {
    "drag": (
        (words.CLOSE, words.CANCEL),  # one button at two times
        (words.KEEP_EDITING,),
        (words.STOP,),
        (words.START,),
        (words.FROM_PATH,),
        (words.CLEAR,),
        (words.COMPARE,),
        (words.METHOD,),
        (words.MAX_STEPS,),
        (words.FOLLOW,),
        (words.IN_IMAGE,),
        (words.RECOGNISE,),
        (words.MODEL,),
        (words.QUALITY,),
        (words.OPTIONS,),
        (words.RESET,),
        (words.BRUSH,),
        (words.ERASE,),
        (words.INVERT,),
        (words.FROM_MASK,),
        (words.BRUSH_SIZE,),
        BEGINNING,
    ),
    "sample": (
        (words.MODEL,),
        (words.SEED,),
        (words.TRUNCATION,),
        (words.ANOTHER,),
        (words.CREATE_LAYER,),
        BEGINNING,
    ),
    "models": (
        (words.DOWNLOAD, words.GO_ON),  # one button at two times, as the next
        (words.REMOVE, words.REMOVE_FOR_GOOD),
        (words.PREPARE,),
        (words.ADD_FILE,),
        (words.FETCH_ADDRESS,),
        (words.ADDRESS,),
        (setup.PAUSE,),
        (words.ACCEPT,),
        (words.CLOSE,),
    ),
    "state": (
        (state.START,),
        (state.RESTART, state.RESTART_ANYWAY),
        (state.LOG,),
        (state.EXAMINE,),
        (state.MEND,),
        (words.CLOSE,),
        BEGINNING,
    ),
}


def values_in(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def translated(path: Path) -> dict[str, str]:
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))}


@pytest.mark.parametrize("path", COMPLETE, ids=lambda path: path.stem)
def test_every_text_is_translated_and_nothing_else(path: Path) -> None:
    catalog = polib.pofile(str(path))
    how = f"run python -m draggan_server.plugins.catalogs {path.stem}, and translate what is empty"
    assert {entry.msgid: entry.msgid_plural for entry in catalog} == texts(), how
    assert [entry.msgid for entry in catalog.untranslated_entries()] == [], how
    assert catalog.fuzzy_entries() == []


def test_every_error_that_a_user_of_a_host_meets_can_be_translated() -> None:
    """A sentence that is put together where it is raised has no entry in a catalog."""
    put_together = [
        f"{path.parent.name}/{path.name}:{call.lineno}"
        for path in raising_modules()
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ERRORS
        and any(isinstance(given, ast.JoinedStr | ast.BinOp) for given in call.args[:1])
    ]
    assert put_together == []


def test_why_there_is_no_connection_can_be_translated() -> None:
    """It becomes an error where it is met, in `unreachable`: until then it is `Said`."""
    assigned = [
        (path, node)
        for path in (DOCTOR.parent / "wire").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and target.attr in ("_lost", "_why")
    ]
    assert len(assigned) > 8
    plain = [
        f"{path.name}:{node.lineno}"
        for path, node in assigned
        if node.value is not None and any(map(is_text, outside_said(node.value)))
    ]
    assert plain == []


def outside_said(node: ast.AST) -> Iterator[ast.AST]:
    if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Said"):
        yield node
        for inner in ast.iter_child_nodes(node):
            yield from outside_said(inner)


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_every_fault_that_the_doctor_finds_can_be_translated() -> None:
    """What is put together is `Said`; what is good is not told in a host."""
    put_together = [
        f"{path.name}:{call.lineno}"
        for path in sorted(DOCTOR.glob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("Said", "Finding")
        and any(isinstance(given, ast.JoinedStr | ast.BinOp) for given in call.args[:4])
    ]
    assert put_together == []


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_translations_have_the_same_values_and_lines(path: Path) -> None:
    for entry in polib.pofile(str(path)).translated_entries():
        forms = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
        for form in forms:
            assert values_in(form) == values_in(entry.msgid), entry.msgid
            assert form.count("\n") == entry.msgid.count("\n"), entry.msgid
            assert form.strip() == form, entry.msgid


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_translations_have_a_key_where_english_has_one(path: Path) -> None:
    for english, other in translated(path).items():
        english, other = (re.sub(r"\{\w+\}", "", text) for text in (english, other))
        if other:
            assert other.count("_") == english.count("_"), english


@pytest.mark.parametrize("dialog", KEYS_OF_DIALOGS)
@pytest.mark.parametrize("path", [None, *CATALOGS], ids=lambda path: path.stem if path else "en")
def test_no_two_labels_of_a_dialog_have_the_same_key(path: Path | None, dialog: str) -> None:
    catalog = {} if path is None else translated(path)
    keys: Counter[str] = Counter()
    for labels in KEYS_OF_DIALOGS[dialog]:
        keys.update({(catalog.get(one) or one).partition("_")[2][0].lower() for one in labels})
    assert keys.most_common(1)[0][1] == 1, keys


def test_a_new_language_begins_with_every_text_untranslated(tmp_path: Path) -> None:
    path = tmp_path / "fr.po"
    bring_up_to_date(path)
    catalog = polib.pofile(str(path))
    assert {entry.msgid: entry.msgid_plural for entry in catalog} == texts()
    assert catalog.translated_entries() == []


def test_bringing_up_to_date_keeps_what_is_translated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "fr.po"
    monkeypatch.setattr(catalogs, "texts", lambda: {"A lion": "", "Gone": ""})
    bring_up_to_date(path)
    catalog = polib.pofile(str(path))
    catalog.find("A lion").msgstr = "Un lion"
    catalog.save()
    monkeypatch.setattr(catalogs, "texts", lambda: {"A lion": "", "{count} ear": "{count} ears"})
    bring_up_to_date(path)
    assert translated(path) == {"A lion": "Un lion", "{count} ear": ""}


def test_a_catalog_on_the_disk_is_up_to_date(tmp_path: Path) -> None:
    """As the command writes it, so that a change of one text is a change of one entry."""
    for path in CATALOGS:
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        bring_up_to_date(copy)
        assert copy.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", list(raising_modules()), ids=lambda path: path.stem)
def test_an_error_has_its_values_in_places_of_a_sentence_that_can_be_translated(
    path: Path,
) -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
    ]
    filled_in = [
        node.lineno
        for node in calls
        if getattr(node.func, "id", "") in ERRORS
        and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert filled_in == []
