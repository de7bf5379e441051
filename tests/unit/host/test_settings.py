from __future__ import annotations

import json
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tomllib
from hypothesis import given
from hypothesis import strategies as st

from draggan_server.host import settings as module
from draggan_server.host.result_place import RESULT_PLACES
from draggan_server.host.settings import (
    MAX_BYTES,
    QUALITIES,
    Settings,
    load,
    remember,
    settings_file,
)
from draggan_server.wire.drag_config import MAX_STEPS_LIMIT, METHODS

texts = st.text(st.characters(codec="utf-8"))
sizes = st.dictionaries(texts, st.tuples(st.integers(1, 20_000), st.integers(1, 20_000)))
some_settings = st.builds(
    Settings,
    model=texts,
    truncation=st.floats(-2, 2),
    method=st.sampled_from(METHODS),
    max_steps=st.integers(1, MAX_STEPS_LIMIT),
    quality=st.sampled_from(QUALITIES),
    result=st.sampled_from(RESULT_PLACES),
    options=st.booleans(),
    brush_size=st.integers(1, 1000),
    brush_hardness=st.integers(0, 100),
    sizes=sizes,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "settings.toml"


def test_nothing_is_remembered_at_first(path: Path) -> None:
    assert load(path) == Settings()


@given(some_settings)
def test_what_is_remembered_is_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings
) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    remember(path, **{name: getattr(settings, name) for name in Settings.__slots__})
    assert load(path) == settings
    tomllib.loads(path.read_text(encoding="utf-8"))


def test_one_setting_is_changed_and_the_others_stay(path: Path) -> None:
    remember(path, model="lions", max_steps=50)
    remember(path, sizes={"drag": (800, 600)})
    assert load(path) == Settings(model="lions", max_steps=50, sizes={"drag": (800, 600)})


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("model = 3", "model"),
        ("truncation = 'much'", "truncation"),
        ("truncation = nan", "truncation"),
        ("truncation = 7.5", "truncation"),
        ("truncation = true", "truncation"),
        ("method = 'magic'", "method"),
        ("max_steps = 0", "max_steps"),
        ("max_steps = 12.5", "max_steps"),
        ("max_steps = 9999999", "max_steps"),
        ("live = 1", "live"),
        ("quality = 'good'", "quality"),
        ("quality = 3", "quality"),
        ("result = 'beside'", "result"),
        ("in_image = 'yes'", "in_image"),
        ("options = 'yes'", "options"),
        ("brush_size = 0", "brush_size"),
        ("brush_size = 2000", "brush_size"),
        ("brush_size = 2.5", "brush_size"),
        ("brush_hardness = 101", "brush_hardness"),
        ("brush_hardness = -1", "brush_hardness"),
        ("sizes = 4", "sizes"),
        ("sizes = {drag = [3]}", "sizes"),
        ("sizes = {drag = [3, 0]}", "sizes"),
        ("sizes = {drag = [3, '4']}", "sizes"),
        ("sizes = {drag = 3}", "sizes"),
    ],
)
def test_a_bad_value_is_passed_over_and_the_others_hold(path: Path, line: str, name: str) -> None:
    good = Settings(
        *(
            "lions",
            0.5,
            "draggan",
            77,
            False,
            "best",
            "group",
            True,
            True,
            24,
            55,
            {"sample": (300, 400)},
        )
    )
    remember(path, **{field: getattr(good, field) for field in Settings.__slots__})
    document = tomllib.loads(path.read_text())
    del document[name]
    kept = [f"{key} = {json.dumps(value)}" for key, value in document.items() if key != "sizes"]
    if name != "sizes":
        kept.append("sizes = {sample = [300, 400]}")
    path.write_text("\n".join([line, *kept]))
    assert load(path) == replace(good, **{name: getattr(Settings(), name)})


def test_a_whole_number_is_a_truncation_too(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("truncation = 1  # by hand")
    assert load(path).truncation == 1.0


@pytest.mark.parametrize(
    "content",
    [b"model = 'lio", b"\xff\xfe\x00", b"[[[[", b"{}", b"#" * (MAX_BYTES + 5) + b"\nmodel='x'"],
    ids=["half written", "no text", "no TOML", "JSON", "too long"],
)
def test_a_file_that_is_none_is_replaced(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert load(path) == Settings()
    remember(path, model="lions")
    assert load(path) == Settings(model="lions")


def test_a_folder_in_the_files_place_is_no_reason_to_fail(path: Path) -> None:
    path.mkdir(parents=True)
    assert load(path) == Settings()
    remember(path, model="lions")
    assert load(path) == Settings()
    assert list(path.parent.iterdir()) == [path]  # nothing half written is left


def test_what_cannot_be_written_is_not_remembered(path: Path) -> None:
    remember(path, model="lions")
    for bad in ({"model": "\ud800"}, {"truncation": float("nan")}, {"max_steps": -1}):
        remember(path, **bad)
    assert load(path) == Settings(model="lions")
    assert os.listdir(path.parent) == [path.name]


def _write_often(path: Path, changes: dict[str, Any]) -> None:
    for _ in range(100):
        remember(path, **changes)


def test_two_hosts_may_write_at_once(path: Path) -> None:
    """Whoever reads finds a whole file with what one of them wrote."""
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(
            target=_write_often, args=(path, {"model": name * 2000, "max_steps": steps})
        )
        for name, steps in (("a", 10), ("b", 20))
    ]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        settings = load(path)
        seen.add((settings.model[:1], len(settings.model), settings.max_steps))
    assert seen <= {("", 0, Settings().max_steps), ("a", 2000, 10), ("b", 2000, 20)}
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert os.listdir(path.parent) == [path.name]


def test_the_file_lies_beside_the_connection_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAGGAN_CONNECTION_FILE", str(tmp_path / "connection.json"))
    assert settings_file() == tmp_path / "settings.toml"
    remember(method="draggan")
    assert load() == Settings(method="draggan")


def test_a_damaged_installation_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> Any:
        raise module.DragganError("install.json is damaged")

    monkeypatch.setattr(module, "install_record", damaged)
    remember(model="lions")
    assert load() == Settings()


def test_what_is_remembered_already_is_not_written_again(path: Path) -> None:
    remember(path, model="lions")
    before = path.stat()
    remember(path, model="lions")
    assert path.stat().st_ino == before.st_ino  # a file is written whole, as another one
    remember(path, model="cats")
    assert path.stat().st_ino != before.st_ino
