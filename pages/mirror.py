"""Shows mkdocs the documents where they lie: each beside what it describes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGES = ("draggan_server", "stylegan2", "gimp_plugin", "krita_plugin")
KINDS = (".md", ".png", ".webp")


def documents() -> list[Path]:
    """Every document and picture of the repository."""
    found = [path for path in REPOSITORY.glob("*") if path.suffix in KINDS]
    for package in PACKAGES:
        found += [path for path in (REPOSITORY / package).rglob("*") if path.suffix in KINDS]
    return sorted(path for path in found if not path.name.startswith("draggan-demo"))


def on_files(files: Files, config: Any) -> Files:
    """mkdocs calls it: adds the documents at the paths they have here, so that their links hold."""
    for path in documents():
        name = path.relative_to(REPOSITORY).as_posix()
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files
