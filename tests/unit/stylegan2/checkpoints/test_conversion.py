"""Conversion: whole or not at all, once, in a process with limits."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
import torch

import stylegan2
from stylegan2 import CheckpointError
from stylegan2.checkpoints import Description, cache, convert, inspect
from tests.unit.stylegan2.checkpoints import nvlabs_writer
from tests.unit.stylegan2.checkpoints.layouts import LAYOUTS, Networks
from tests.unit.stylegan2.checkpoints.malicious import corpus
from tests.unit.stylegan2.checkpoints.test_layouts import check_logits, check_pictures
from tests.unit.stylegan2.checkpoints.tiny import tiny


@pytest.fixture
def networks() -> Networks:
    return tiny(2)


@pytest.fixture
def source(tmp_path: Path, networks: Networks) -> Path:
    path = tmp_path / "größe löwe.pkl"
    path.write_bytes(LAYOUTS["ada"].write(networks))
    return path


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of converted files, not made yet."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(cache, "cache_folder", lambda: folder)
    return folder


def test_a_converted_file_is_what_was_described(
    tmp_path: Path, source: Path, networks: Networks
) -> None:
    destination = tmp_path / "löwe.safetensors"
    description = convert(source, destination)
    assert description.geometry == networks.generator
    assert description.card == {"converted_from": "NVIDIA's PyTorch pickle"}
    assert description.has_generator
    assert description.has_discriminator
    assert description.tensor_count == len(networks.generator.shapes()) + len(
        networks.discriminator.shapes()
    )
    again = inspect(destination)
    assert (again.geometry, again.tensor_count) == (description.geometry, description.tensor_count)
    assert again.has_discriminator
    seen = inspect(source)
    assert (seen.geometry, seen.tensor_count) == (description.geometry, description.tensor_count)
    check_pictures(stylegan2.load_generator(destination), networks, 0)
    check_logits(stylegan2.load_discriminator(destination), networks, 0)
    assert sorted(os.listdir(tmp_path)) == sorted([source.name, destination.name])


def test_the_same_file_is_converted_to_the_same_bytes(tmp_path: Path, source: Path) -> None:
    for name in ("a", "b"):
        convert(source, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_file_is_converted_once_and_mapped_from_then_on(
    cached: Path, source: Path, networks: Networks
) -> None:
    check_pictures(stylegan2.load_generator(source), networks, 0)
    with mock.patch.object(cache, "convert", side_effect=AssertionError):
        check_pictures(stylegan2.load_generator(source), networks, 1)
        check_logits(stylegan2.load_discriminator(source), networks, 1)
    (converted,) = cached.glob("*.safetensors")
    assert converted.name.startswith(hashlib.sha256(source.read_bytes()).hexdigest())
    generator = stylegan2.load_generator(source)
    assert generator.sha256 == hashlib.sha256(converted.read_bytes()).hexdigest()


def test_copies_of_a_file_share_what_it_was_converted_to(cached: Path, source: Path) -> None:
    copy = source.with_name("copy.pkl")
    copy.write_bytes(source.read_bytes())
    for path in (source, copy):
        stylegan2.load_generator(path)
    assert len(list(cached.glob("*.safetensors"))) == 1


def test_a_converted_file_that_was_deleted_is_made_again(cached: Path, source: Path) -> None:
    stylegan2.load_generator(source)
    for path in cached.glob("*.safetensors"):
        path.unlink()
    stylegan2.load_generator(source)


def test_a_cache_that_cannot_be_made_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "file" / "checkpoints")
    with pytest.raises(CheckpointError, match=r"cannot be kept in .*file.checkpoints: Not a dir"):
        stylegan2.load_generator(source)


def test_a_changed_file_is_converted_anew(cached: Path, source: Path) -> None:
    first = stylegan2.load_generator(source)
    source.write_bytes(LAYOUTS["average only"].write(tiny(1)))
    assert stylegan2.load_generator(source).geometry != first.geometry


def test_what_is_there_is_replaced_only_by_a_whole_file(tmp_path: Path, source: Path) -> None:
    destination = tmp_path / "m.safetensors"
    destination.write_bytes(b"old")
    bad = tmp_path / "bad.pkl"
    bad.write_bytes(source.read_bytes()[:-500])
    with pytest.raises(CheckpointError, match=r"bad\.pkl is refused\. The file is cut short"):
        convert(bad, destination)
    assert destination.read_bytes() == b"old"
    convert(source, destination)
    assert inspect(destination).has_generator
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_values_that_are_not_finite_are_refused(
    tmp_path: Path, networks: Networks, value: float
) -> None:
    key = "synthesis.b8.conv1.weight"
    tensors = {**networks.generator_tensors, key: torch.full((1, 1, 3, 3), value)}
    module = nvlabs_writer.generator_module(networks.generator, tensors)
    (tmp_path / "m.pkl").write_bytes(nvlabs_writer.pickle_bytes(module))
    with pytest.raises(CheckpointError, match=f"'{key}' holds values that are not finite"):
        convert(tmp_path / "m.pkl", tmp_path / "m.safetensors")


def test_a_discriminator_alone_is_not_converted(tmp_path: Path, networks: Networks) -> None:
    module = nvlabs_writer.discriminator_module(
        networks.discriminator, networks.discriminator_tensors
    )
    (tmp_path / "d.pkl").write_bytes(nvlabs_writer.pickle_bytes({"D": module}))
    with pytest.raises(CheckpointError, match="holds no generator"):
        convert(tmp_path / "d.pkl", tmp_path / "m.safetensors")


def test_a_family_that_cannot_be_run_is_not_converted(tmp_path: Path) -> None:
    path = tmp_path / "s3.pt"
    path.write_bytes(nvlabs_writer.torch_bytes({"synthesis.input.freqs": torch.zeros(3)}))
    assert inspect(path).family == "StyleGAN3"
    with pytest.raises(CheckpointError, match=r"It is StyleGAN3\. This program runs StyleGAN2"):
        convert(path, tmp_path / "m.safetensors")


def test_our_own_format_is_not_converted(tmp_path: Path, source: Path) -> None:
    convert(source, tmp_path / "m.safetensors")
    with pytest.raises(CheckpointError, match="safetensors file already"):
        convert(tmp_path / "m.safetensors", tmp_path / "n.safetensors")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for call in (lambda: inspect(tmp_path / "x"), lambda: convert(tmp_path / "x", tmp_path / "y")):
        with pytest.raises(FileNotFoundError):
            call()


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").touch()
    with pytest.raises(CheckpointError, match="It is empty"):
        inspect(tmp_path / "m.pkl")


def test_a_malicious_file_is_refused_by_the_child(tmp_path: Path) -> None:
    path = tmp_path / "m.pkl"
    path.write_bytes(corpus()[0].content)
    with pytest.raises(CheckpointError, match=r"m\.pkl is refused\. .*'os\.system'"):
        inspect(path)


def test_a_folder_that_is_not_there(tmp_path: Path, source: Path) -> None:
    with pytest.raises(CheckpointError, match=r"cannot be written to .*none: No such file"):
        convert(source, tmp_path / "none" / "m.safetensors")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("ENOSPC", "is full: make room and try again"),
        ("EDQUOT", "is full: make room and try again"),
        ("EROFS", "may not be written to: choose another, or change its rights"),
        ("EACCES", "may not be written to: choose another, or change its rights"),
        ("EIO", "cannot be written to {folder}: Input/output error"),
    ],
)
def test_a_disk_that_takes_nothing(tmp_path: Path, source: Path, error: str, sentence: str) -> None:
    """In a child whose system answers every writing of weights so."""
    code = (
        "import errno, os, sys; from unittest import mock; "
        "from stylegan2.checkpoints import child; "
        "number = getattr(errno, sys.argv[1]); failure = OSError(number, os.strerror(number)); "
        "mock.patch.object(child, 'write_safetensors', side_effect=failure).start(); child.main()"
    )
    request = json.dumps({"source": str(source), "destination": str(tmp_path / "m")})
    run = [sys.executable, "-c", code, error]
    child = subprocess.run(run, input=request, capture_output=True, text=True, check=True)
    answer = json.loads(child.stdout)
    assert sentence.format(folder=tmp_path) in answer["error"].format(**answer["values"])


def test_a_model_too_large_for_the_memory(source: Path) -> None:
    code = (
        "from unittest import mock; from stylegan2.checkpoints import child; "
        "mock.patch.object(child, 'read', side_effect=MemoryError).start(); child.main()"
    )
    request = json.dumps({"source": str(source), "destination": None})
    run = [sys.executable, "-c", code]
    child = subprocess.run(run, input=request, capture_output=True, text=True, check=True)
    assert "takes more memory than there is" in json.loads(child.stdout)["error"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is no file"):
        inspect(tmp_path)


def test_a_child_that_dies_is_an_error_too(source: Path) -> None:
    died = subprocess.CompletedProcess([], -9, b"", b"")
    with (
        mock.patch("subprocess.run", return_value=died),
        pytest.raises(CheckpointError, match=r"ended by SIGKILL, perhaps for want of memory"),
    ):
        inspect(source)
    slow = subprocess.TimeoutExpired([], 1800)
    with (
        mock.patch("subprocess.run", side_effect=slow),
        pytest.raises(CheckpointError, match="could not be read in 1800 seconds"),
    ):
        inspect(source)


@pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")
def test_the_child_has_limits(tmp_path: Path) -> None:
    path = tmp_path / "m.pkl"
    path.write_bytes(b"\x80\x02N.")
    code = (
        "import resource, sys; from stylegan2.checkpoints import child; child._limit(10**6); "
        "print([resource.getrlimit(kind)[1] for kind in "
        "(resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)])"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout.strip() == str([(2 << 30) + 2 * 10**6, 120, (64 << 20) + 2 * 10**6, 0])


def test_a_description_survives_its_journey(networks: Networks) -> None:
    description = Description(
        "a format", "a family", networks.generator, True, False, {"subject": "Löwe"}, 7, ("Oh.",)
    )
    assert Description.from_json(description.to_json()) == description


def test_inspecting_needs_no_torch(source: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from stylegan2.checkpoints import inspect; "
        "print(inspect(sys.argv[1]).has_generator)"
    )
    run = [sys.executable, "-c", code, str(source)]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "True\n"
