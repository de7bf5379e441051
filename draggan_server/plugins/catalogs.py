"""The translations of what users read: gettext catalogs, one file a language.

    python -m draggan_server.plugins.catalogs fr    makes or brings up to date locale/fr.po

What is to be translated are the texts of `draggan_server.host.sentences` and the sentences of the
errors that the wire and the daemon raise. The installer compiles the catalogs, so that hosts need
no more than gettext.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import polib

import draggan_server
from draggan_server.doctor.finding import State
from draggan_server.host.sentences import refusals, said, setup, state, tips, words
from draggan_server.host.sentences.counted import Counted
from draggan_server.host.translation import DOMAIN, LOCALE
from draggan_server.models.public_models import CC_BY, NVIDIA, OPEN_RAIL, PUBLIC_MODELS
from draggan_server.wire import errors
from stylegan2 import checkpoints, discriminator_geometry, geometry

_SERVER = Path(draggan_server.__file__).parent
ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type)} - {
    "ProtocolError"  # nothing that a user could do something about
} | {"CheckpointError", "ModelNotFoundError", "DownloadError", "InstallError", "Said"}


def texts() -> dict[str, str]:
    """What is to be translated, and for each text of a count its form for many, else ""."""
    found: dict[str, str] = {}
    for module in (words, tips, said, refusals, setup, state):
        for name, value in vars(module).items():
            if name.isupper():
                found.update([value] if isinstance(value, Counted) else [(value, "")])
    found.update((licence.terms, "") for licence in (CC_BY, NVIDIA, OPEN_RAIL))
    found.update((model.subject, "") for model in PUBLIC_MODELS)
    for path in raising_modules():
        found.update((sentence, "") for sentence in error_sentences(path))
    for path in sorted((_SERVER / "doctor").glob("*.py")):
        found.update((sentence, "") for sentence in finding_sentences(path))
    return found


def raising_modules() -> Iterator[Path]:
    """The modules whose errors reach a user of a host."""
    for package in ("wire", "broker", "worker", "editing", "diffusion", "layer", "models"):
        yield from sorted((_SERVER / package).rglob("*.py"))
    yield from (Path(module.__file__ or "") for module in (geometry, discriminator_geometry))
    for folder in checkpoints.__path__:
        yield from sorted(Path(folder).glob("*.py"))


def finding_sentences(path: Path) -> Iterator[str]:
    """What a check of the doctor's says of something that is not good, where it is written out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            count = {"Said": 1, "Finding": 4}.get(node.func.id, 0)
            for given in node.args[:count]:
                if isinstance(given, ast.Constant) and given.value not in get_args(State):
                    yield str(given.value)


def error_sentences(path: Path) -> Iterator[str]:
    """The sentences of the errors that a module makes, where they are written out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            if node.func.id in ERRORS and isinstance(first, ast.Constant):
                yield str(first.value)


def compile_catalogs(source: Path, target: Path) -> None:
    """Write each catalog of a folder where gettext looks for it below `target`."""
    for path in sorted(source.glob("*.po")):
        folder = target / path.stem / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        polib.pofile(str(path)).save_as_mofile(str(folder / f"{DOMAIN}.mo"))


def catalog_of(languages: Sequence[str]) -> dict[str, str]:
    """The translations into the first of these languages, such as "de_AT.UTF-8", that has a
    catalog; empty where none has."""
    for language in languages:
        path = LOCALE / f"{re.split('[_.@-]', language)[0].lower()}.po"
        if path.is_file():
            return {one.msgid: one.msgstr for one in polib.pofile(str(path)) if one.msgstr}
    return {}


def bring_up_to_date(path: Path) -> None:
    """Add to a catalog what it lacks, untranslated, and take out what is said no more."""
    catalog = polib.pofile(str(path)) if path.exists() else polib.POFile()
    catalog.wrapwidth = 96
    catalog.metadata.setdefault("Content-Type", "text/plain; charset=UTF-8")
    catalog.metadata.setdefault("Language", path.stem)
    catalog.metadata.setdefault("Plural-Forms", "nplurals=2; plural=(n != 1);")
    known = {entry.msgid: entry for entry in catalog}
    catalog.clear()
    for text, many in texts().items():
        forms = {0: "", 1: ""} if many else {}
        new = polib.POEntry(msgid=text, msgid_plural=many, msgstr_plural=forms)
        catalog.append(known.get(text, new))
    catalog.save(str(path))


if __name__ == "__main__":
    for language in sys.argv[1:]:
        bring_up_to_date(LOCALE / f"{language}.po")
