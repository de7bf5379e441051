"""The files of what was learned of models here. Imports no torch, unlike `surveys`."""

from __future__ import annotations

from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Where they lie, each named after the digest of its model's file. It may be deleted at any
    time."""
    return platformdirs.user_cache_path("draggan") / "surveys"


def files_of(sha256: str) -> list[Path]:
    """Those of the model whose file has this digest."""
    return sorted(cache_folder().glob(f"{sha256}-*.safetensors"))
