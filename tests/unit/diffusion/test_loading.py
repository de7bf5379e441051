"""Which folders are models, and what is said of those that are none."""

from __future__ import annotations

import json
import pickle
import shutil
import sys
import types
from pathlib import Path

import pytest

from draggan_server.diffusion.loading import load_diffusion
from draggan_server.models import zoo
from draggan_server.models.diffusion_folder import weights_names
from draggan_server.wire.errors import BadInput
from stylegan2.errors import CheckpointError
from tests.unit.diffusion.tiny import SIDE, save_latent_model

WEIGHTS = weights_names("unet")[0]


@pytest.fixture
def folder(pixel_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pixel_folder, tmp_path / "tiny"))


def edit(path: Path, **changes: object) -> None:
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, **changes}))


def test_a_folder_is_a_model_and_its_path_is_its_name(folder: Path) -> None:
    (folder / "card.json").write_text('{"subject": "noise", "licence": "CC0-1.0"}')
    model = zoo.find(folder)
    assert (model.kind, model.name, model.path) == ("diffusion", str(folder), folder)
    assert (model.subject, model.licence) == ("noise", "CC0-1.0")
    assert model.img_resolution == (SIDE, SIDE)
    assert zoo.find(model.name) == model
    assert model.sha256 == load_diffusion(folder).sha256


def test_an_autoencoder_makes_pictures_larger(tmp_path: Path) -> None:
    assert zoo.find(save_latent_model(tmp_path)).img_resolution == (SIDE, SIDE)


def test_another_file_is_another_model(folder: Path) -> None:
    before = zoo.find(folder).sha256
    edit(folder / "scheduler/scheduler_config.json", prediction_type="v_prediction")
    assert zoo.find(folder).sha256 != before


class Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return exec, ("import pathlib; pathlib.Path('boom').touch()",)


@pytest.mark.parametrize("ending", ["bin", "ckpt"])
def test_what_may_run_code_is_not_read(
    folder: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "unet" / WEIGHTS).unlink()
    (folder / "unet" / f"diffusion_pytorch_model.{ending}").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(CheckpointError, match="may run code when it is read, so it is not"):
        load_diffusion(folder)
    assert not (folder / "boom").exists()


def test_code_beside_the_weights_is_not_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for place in (folder, folder / "unet"):
        for name in ("pipeline.py", "modeling.py", "__init__.py"):
            (place / name).write_text("import pathlib; pathlib.Path('boom').touch()")
    edit(folder / "unet/config.json", auto_map={"AutoModel": "modeling.Model"})
    load_diffusion(folder)
    assert not (folder / "boom").exists()


def test_what_is_no_model_is_told(folder: Path, tmp_path: Path) -> None:
    def refusal() -> str:
        with pytest.raises(CheckpointError) as caught:
            load_diffusion(zoo.find(folder).path)
        return str(caught.value)

    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match="it has no part unet"):
        zoo.find(tmp_path / "empty")

    config = folder / "unet/config.json"
    whole = config.read_text()
    edit(config, _class_name="UNet3DConditionModel")
    known = "UNet2DModel, UNet2DConditionModel"
    assert f"tiny/unet is a UNet3DConditionModel, and only {known} can be used" in refusal()
    edit(config, _class_name="UNet2DModel", sample_size="large")
    assert "unet/config.json of the diffusion model" in refusal()
    config.write_text("{")
    assert "is damaged: get the model anew" in refusal()
    config.write_text(whole)

    edit(config, block_out_channels=[4, 16, 16])
    assert "unet of the diffusion model" in refusal()
    config.write_text(whole)
    edit(config, num_class_embeds=3)
    assert "cannot be used" in refusal() or "is damaged" in refusal()
    config.write_text(whole)

    edit(folder / "scheduler/scheduler_config.json", prediction_type="flow_prediction")
    assert "flow_prediction" in refusal() or "is damaged" in refusal()
    edit(folder / "scheduler/scheduler_config.json", prediction_type="epsilon")

    weights = folder / "unet" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:2000])
    assert "unet of the diffusion model" in refusal()
    weights.unlink()
    assert f"unet/{WEIGHTS} is missing" in refusal()
    shutil.rmtree(folder / "scheduler")
    weights.touch()
    assert "scheduler/scheduler_config.json is missing" in refusal()


def test_where_diffusers_cannot_be_imported_the_model_is_not_called_damaged(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(types.ModuleType):
        def __getattr__(self, name: str) -> object:
            raise RuntimeError(f"no {name}: operator torchvision::nms does not exist")

    monkeypatch.setitem(sys.modules, "diffusers", Broken("diffusers"))
    with pytest.raises(BadInput, match="diffusers cannot be imported"):
        load_diffusion(folder)


def test_without_diffusers_it_is_said_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(BadInput, match=r"pip install 'draggan-server\[diffusion\]'"):
        load_diffusion(folder)
