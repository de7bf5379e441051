"""The worker's real engine: the default model, the cache, and what its errors become."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import stylegan2
from draggan_server.models import zoo
from draggan_server.models.errors import ModelNotFoundError
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput, DragganError, OutOfMemory, UnknownModel
from draggan_server.wire.messages import PhotoSource, Pixels, SampleSource, StartDrag
from draggan_server.worker import device as device_module
from draggan_server.worker import engine as engine_module
from draggan_server.worker.device import card_memory, choose_device
from draggan_server.worker.engine import EditingEngine
from draggan_server.worker.messages import CardMemory

SOURCE = SampleSource(zoo.DEFAULT_MODEL, 7)


@pytest.fixture(scope="module")
def engine() -> Iterator[EditingEngine]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield EditingEngine(choose_device())
    torch.set_num_threads(threads)


def test_a_sample_is_dragged(engine: EditingEngine) -> None:
    state = engine.open_sample(SOURCE)
    picture = engine.picture(state)
    middle = picture.width / 2
    request = StartDrag(
        edit_id="e",
        revision=0,
        handle_points=((middle, middle),),
        target_points=((middle, middle + 8),),
        config=drag_config(method="draggan", max_steps=2),
        layer=picture,
    )
    drag = engine.drag(state, request)
    assert [progress.step for progress in drag] == [0, 1, 2]
    assert drag.reason == "max-steps"
    layer, after, *_ = drag.finish(drag.reason)
    assert (layer.width, layer.height) == (picture.width, picture.height)
    assert after.w_plus != state.w_plus
    assert after.model_sha256 == state.model_sha256


def test_a_state_of_another_file_of_the_model(engine: EditingEngine) -> None:
    state = dataclasses.replace(engine.open_sample(SOURCE), model_sha256="f" * 64)
    with pytest.raises(BadInput, match=r"another file of the model “toy-lion”.*ffffffffffff"):
        engine.picture(state)


def test_marks_need_a_model_of_which_it_is_known_where_faces_are(
    engine: EditingEngine, tmp_path: Path
) -> None:
    path = tmp_path / "nobody.safetensors"
    shutil.copyfile(zoo.find(zoo.DEFAULT_MODEL).path, path)
    marks = ((20.0, 20.0), (44.0, 20.0), (32.0, 40.0))
    photo = Pixels(64, 64, 4, b"\xff" * 64 * 64 * 4)
    with pytest.raises(
        BadInput, match=r"Nobody knows where eyes and mouths lie .*nobody\.safetensors'"
    ):
        engine.open_photo(PhotoSource(str(path), photo, marks=marks))
    engine.open_photo(PhotoSource(str(path), photo))


def test_two_generators_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    loaded: list[str] = []
    source = zoo.find(zoo.DEFAULT_MODEL).path

    def load(path: Path, device: str) -> str:
        loaded.append(path.stem)
        return path.stem

    monkeypatch.setattr(engine_module.stylegan2, "load_generator", load)
    models = {}
    for name in "abc":
        path = tmp_path / f"{name}.safetensors"
        path.symlink_to(source)
        models[name] = dataclasses.replace(zoo.find(source), path=path)
    engine = EditingEngine()
    for name in "abacab":
        assert engine._generator(models[name]) == name
    assert loaded == ["a", "b", "c", "b"]
    engine.recover()
    engine._generator(models["b"])
    assert loaded[4:] == ["b"]


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (ModelNotFoundError("no such model"), UnknownModel),
        (stylegan2.CheckpointError("no model"), BadInput),
        (torch.cuda.OutOfMemoryError("full"), OutOfMemory),
        (MemoryError(), OutOfMemory),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: "), OutOfMemory),
        (RuntimeError("something else"), RuntimeError),
        (BadInput("as it is"), BadInput),
    ],
)
def test_what_the_engine_raises_is_said_to_the_user(
    engine: EditingEngine, error: Exception, becomes: type[Exception]
) -> None:
    with pytest.raises(becomes) as caught, engine.translated():
        raise error
    assert type(caught.value) is becomes
    if isinstance(caught.value, DragganError):
        assert str(caught.value)


@pytest.mark.parametrize(
    ("error", "figure"),
    [
        (
            "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096 bytes.",
            "4096 bytes",
        ),
        ("CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has", "2.50 GiB"),
    ],
)
def test_how_much_memory_was_wanted(engine: EditingEngine, error: str, figure: str) -> None:
    with pytest.raises(OutOfMemory, match=f"{figure} more were asked for"), engine.translated():
        raise torch.cuda.OutOfMemoryError(error)


def test_an_unknown_model_is_refused(engine: EditingEngine) -> None:
    with pytest.raises(UnknownModel, match="“nobody”"), engine.translated():
        engine.open_sample(SampleSource("nobody", 1))


def test_a_device_that_does_not_work_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        pytest.skip("this machine has a device")
    assert choose_device() == "cpu"
    assert not caplog.records
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device() == "cpu"
    assert "cuda is there and does not work" in caplog.text
    monkeypatch.setattr(device_module, "_works", lambda device: device == "cuda")
    assert choose_device() == "cuda"


def test_a_cards_memory_is_told_where_torch_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert card_memory("cpu") is None
    assert card_memory("mps") is None  # which has no such counter
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (7 + len(device), 80))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 0)
    assert card_memory("cuda:1") == CardMemory(taken=0, free=13)

    def refuse(_device: str) -> None:
        raise RuntimeError("no counter")

    monkeypatch.setattr(torch.cuda, "mem_get_info", refuse)
    assert card_memory("cuda:1") is None
