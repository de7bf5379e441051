"""A folder with everything that the daemon is set up from.

It has our own wheel as it is built, the pip that is installed here, and in the place of every other
package one of its name and version that holds next to nothing: what is tested is the way there.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import tomllib

from tests.package_index import make_wheel
from tests.wheel import REPOSITORY, build_wheel

NOWHERE = "http://127.0.0.1:9"
WITHOUT_INTERNET = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_TRUSTED_HOST": "127.0.0.1",  # pip keeps nothing that came unsafely
    "PIP_RETRIES": "0",  # what is out of reach stays there
    "HTTPS_PROXY": NOWHERE,
}
"""The environment of a machine that reaches nothing but itself."""

_TORCH_BYTES = 4_000_000

_TORCH = {
    "torch/__init__.py": b"from torch import backends, cuda\n",
    "torch/cuda.py": b"is_available = lambda: False\n",
    "torch/backends.py": b"from torch import cuda as mps\n",
    "torch/nn/__init__.py": b"functional = None\n",
    "torch/weights": bytes(_TORCH_BYTES),
}


def link_to_python(folder: Path) -> Path:
    """Make a folder with nothing but a whole Python in it: that of the hosts' system may not be."""
    folder.mkdir(exist_ok=True)
    link = folder / "python"
    if not link.exists():
        link.symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    return folder


def make_wheelhouse(folder: Path, build: Path) -> None:
    """Fill a folder; `build` is another one, for what is left over."""
    built = build_wheel(build)
    built.rename(folder / built.name)
    pins = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").lower()
    versions = dict(line.split("==") for line in pins.splitlines() if "==" in line)
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in project["dependencies"]:
        name = re.split(r"[<>=]", requirement)[0].lower()
        files = _TORCH if name == "torch" else {f"{name}.py": b"# next to nothing\n"}
        make_wheel(folder, name, versions[name], files)
    make_wheel(folder, "pip", metadata.version("pip"), dict(_files_of_pip()))


def _files_of_pip() -> Iterator[tuple[str, bytes]]:
    for file in metadata.files("pip") or ():
        if file.parts[0] == "pip" and file.suffix != ".pyc":
            yield str(file), file.read_binary()
