"""The engine that jobs run on: `draggan_server.editing` and a small cache of generators."""

from __future__ import annotations

import contextlib
import gc
import logging
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import torch

import stylegan2
from draggan_server.diffusion.drag import DiffusionDrag
from draggan_server.diffusion.loading import load_diffusion
from draggan_server.diffusion.model import DiffusionModel
from draggan_server.diffusion.photo import DiffusionPhoto
from draggan_server.editing import latents, preparation
from draggan_server.editing.edit import DragRun, open_sample, picture
from draggan_server.editing.history import Moment, go_to, thumbnails
from draggan_server.editing.known_layer import on_layer
from draggan_server.editing.layer_drag import LayerDrag
from draggan_server.editing.live_edit import LiveEdit
from draggan_server.editing.live_run import LiveRun
from draggan_server.editing.photo_edit import PhotoRun
from draggan_server.editing.thumbnails import sheet_of
from draggan_server.models import zoo
from draggan_server.models.errors import ModelNotFoundError
from draggan_server.wire.autosave import Autosave
from draggan_server.wire.errors import BadInput, OutOfMemory, UnknownModel
from draggan_server.wire.messages import PhotoSource, Pixels, Sample, StartDrag
from draggan_server.wire.state import EditState
from draggan_server.worker.device import card_memory, empty_cache
from draggan_server.worker.messages import KEPT_MODELS, CardMemory, Learned
from stylegan2.generator import Generator

logger = logging.getLogger(__name__)

_Loaded = Generator | DiffusionModel
_WANTED = re.compile(r"tried to allocate ([\d.]+ \w+)", re.IGNORECASE)


class Models(Protocol):
    """Where models are found, as `draggan_server.models.zoo` does it."""

    def find(self, name_or_path: str | Path) -> zoo.Model: ...

    def find_installed(self, name: str) -> zoo.Model: ...


class EditingEngine:
    """Implements `job_loop.Engine` on one device."""

    def __init__(self, device: str = "cpu", models: Models = zoo) -> None:
        self._device = device
        self._models = models
        self._loaded: OrderedDict[tuple[Path, str], tuple[zoo.Model, _Loaded]] = OrderedDict()
        self._open: LiveEdit | None = None

    @property
    def device(self) -> str:
        return self._device

    def check_installed(self, model: str) -> None:
        self._models.find_installed(model)

    def open_sample(self, source: Sample) -> EditState:
        model = self._models.find(source.model)
        return open_sample(self._generator(model), model, source)

    def samples(self, sources: Sequence[Sample]) -> Pixels:
        generator = self._generator(self._models.find(sources[0].model))
        return sheet_of(generator, (latents.w_plus_of_sample(generator, one) for one in sources))

    def open_photo(self, source: PhotoSource) -> PhotoRun | DiffusionPhoto:
        model = self._models.find(source.model)
        if source.marks is not None and model.face is None:
            raise BadInput(
                "Nobody knows where eyes and mouths lie in pictures of the model '{name}', so they "
                "do not show it where to look. Choose a region around what it is to show.",
                name=model.name,
            )
        loaded = self._load(model)
        if isinstance(loaded, DiffusionModel):
            return DiffusionPhoto(loaded, model, source)
        return PhotoRun(loaded, model, source)

    def picture(self, state: EditState) -> Pixels:
        return picture(self._load(self._model_of(state)), state)

    def on_layer(self, state: EditState, layer: Pixels) -> EditState:
        return on_layer(self._load(self._model_of(state)), state, layer)

    def drag(
        self, state: EditState, request: StartDrag, autosave: Autosave | None = None
    ) -> LayerDrag:
        loaded = self._load(self._model_of(state))
        if isinstance(loaded, DiffusionModel):
            return DiffusionDrag(loaded, state, request, autosave)
        return DragRun(loaded, state, request, autosave)

    def live(self, state: EditState, request: StartDrag) -> LiveRun:
        model = self._model_of(state)
        generator = self._load(model)
        if isinstance(generator, DiffusionModel):
            raise BadInput(
                "The model “{model}” takes too long to follow the hand: set points, and start the "
                "drag.",
                model=model.name,
            )
        self._open = LiveEdit.opened(self._open, generator, state, request)
        return LiveRun(self._open, request)

    def learn(self) -> Learned | None:
        if not self._loaded:
            return None
        model, generator = next(reversed(self._loaded.values()))
        if isinstance(generator, DiffusionModel) or preparation.is_whole(generator):
            return None
        fraction = preparation.learn(generator)
        return Learned(model.name, fraction)

    def card_memory(self) -> CardMemory | None:
        return card_memory(self._device)

    def thumbnails(self, state: EditState) -> Pixels:
        return thumbnails(self._load(self._model_of(state)), state)

    def go_to(self, state: EditState, position: int, layer: Pixels | None) -> Moment:
        return go_to(self._load(self._model_of(state)), state, position, layer)

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except ModelNotFoundError as error:
            raise UnknownModel(error.sentence, **error.values) from error
        except stylegan2.CheckpointError as error:
            raise BadInput(error.sentence, **error.values) from error
        except (torch.cuda.OutOfMemoryError, MemoryError) as error:
            raise _out_of_memory(self._device, error) from error
        except RuntimeError as error:
            # What torch's CPU allocator raises has no class of its own.
            if "can't allocate memory" not in str(error):
                raise
            raise _out_of_memory(self._device, error) from error

    def recover(self) -> None:
        self._open = None
        self._loaded.clear()
        gc.collect()
        empty_cache(self._device)

    def _model_of(self, state: EditState) -> zoo.Model:
        model = self._models.find(state.model)
        if model.sha256 != state.model_sha256:
            raise BadInput(
                "The edit was made with another file of the model “{model}”: install the file "
                "whose SHA-256 begins with {sha256}, or begin a new sample.",
                model=model.name,
                sha256=state.model_sha256[:12],
            )
        return model

    def _generator(self, model: zoo.Model) -> Generator:
        loaded = self._load(model)
        if isinstance(loaded, DiffusionModel):
            raise BadInput(
                "The model “{model}” changes pictures that there are, and draws none. Open a "
                "picture with it, and drag that.",
                model=model.name,
            )
        return loaded

    def _load(self, model: zoo.Model) -> _Loaded:
        key = (model.path, model.sha256)
        if key not in self._loaded:
            while len(self._loaded) >= KEPT_MODELS:
                self._loaded.popitem(last=False)
            self._open = None  # it may be of a generator that has left
            logger.info("loading %s", model.path)
            if model.kind == "diffusion":
                loaded: _Loaded = load_diffusion(model.path, self._device)
            else:
                loaded = stylegan2.load_generator(model.path, device=self._device)
            self._loaded[key] = model, loaded
        self._loaded.move_to_end(key)
        return self._loaded[key][1]


def _out_of_memory(device: str, error: BaseException) -> OutOfMemory:
    figures = ""
    if wanted := _WANTED.search(str(error)):
        figures = f" ({wanted[1]} more were asked for"
        if device.startswith("cuda"):
            figures += f", {torch.cuda.mem_get_info(device)[0] / 2**30:.2f} GiB are free"
        figures += ")"
    return OutOfMemory(
        "The device ({device}) has not enough free memory for this{figures}: close other "
        "programs, or use a smaller model or fewer points.",
        device=device,
        figures=figures,
    )
