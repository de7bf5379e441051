"""From a character to a model file: render, fit stage by stage, judge, export. Goes on where it
was stopped.

    FOLDER/pictures/          renderings
    FOLDER/checkpoint.pt      where the fit stands
    FOLDER/scores.jsonl       held-out figures as they came, one object a line
    FOLDER/sheet-R.png        renderings above, generated pictures below, at resolution R
    FOLDER/NAME.safetensors   the model, once the fit is done, with its small picture NAME.png
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from stylegan2.discriminator import Discriminator
from stylegan2.generator import Generator
from stylegan2.toy_lion.character import Character
from stylegan2.toy_lion.export import export
from stylegan2.toy_lion.fit import (
    FitConfig,
    Stage,
    StageFit,
    Step,
    read_checkpoint,
    save_checkpoint,
)
from stylegan2.toy_lion.held_out import HeldOut, Score
from stylegan2.toy_lion.pictures import Pictures, make_pictures
from stylegan2.toy_lion.sharpening import Sharpening
from stylegan2.toy_lion.trainable import geometry_for

_SAVE_SECONDS = 60.0
_SCORE_SECONDS = 300.0
_HELD_OUT = 32  # pictures, and pairs for each group, while the fit goes on
_UNSEEN = 1000  # pictures at the end
_UNSEEN_PAIRS = 128
_SHOWN_AT_LEAST = 128  # pixels of a sheet that a picture is wide
_TOLD_EVERY = 20  # steps


class Watcher(Protocol):
    """Is told how it goes; and asked, after every few steps, whether to stop here."""

    def rendering(self, resolution: int, done: int, total: int) -> None: ...

    def stepped(self, step: Step) -> None: ...

    def scored(self, stage: Stage, score: Score) -> None: ...

    def wants_stop(self) -> bool: ...


class Recipe:
    """Makes `character` a model in `folder`. `pictures` is how many are rendered; each serves as
    its mirror image, too. With a generator to `start` from, which an earlier fit made, the stages
    below its resolution are left out.

    Raises `ValueError` for a `start` of another shape than this fit's, or larger than its pictures.
    """

    def __init__(
        self,
        character: Character,
        folder: Path,
        config: FitConfig,
        watcher: Watcher,
        *,
        pictures: int,
        unseen: int = _UNSEEN,
        start: Generator | None = None,
    ) -> None:
        if start is not None:
            expected = geometry_for(len(character.parameters), max(start.img_resolution))
            if start.geometry.channels != expected.channels or start.z_dim != expected.z_dim:
                raise ValueError(
                    f"A fit of {character.name} cannot start from this generator: its channels are "
                    f"{start.geometry.channels} and z has {start.z_dim} coordinates, not "
                    f"{expected.channels} and {expected.z_dim}."
                )
            largest = max(stage.resolution for stage in config.stages)
            if largest < max(start.img_resolution):
                raise ValueError(
                    f"A fit that ends at {largest} pixels cannot start from a generator of "
                    f"{max(start.img_resolution)}: fit at that resolution, or leave the start out."
                )
        self._start = start
        self._character = character
        self._folder = folder
        self._config = config
        self._watcher = watcher
        self._count = pictures
        self._unseen = unseen

    @property
    def model(self) -> Path:
        return self._folder / f"{self._character.name}.safetensors"

    @property
    def checkpoint(self) -> Path:
        return self._folder / "checkpoint.pt"

    def run(self) -> Path | None:
        """The model file; None if the watcher stopped it before the end."""
        self._folder.mkdir(parents=True, exist_ok=True)
        state = read_checkpoint(self.checkpoint) if self.checkpoint.exists() else None
        done = self._start if state is None else None
        discriminator: Discriminator | None = None
        for number, stage in enumerate(self._config.stages):
            if state is not None and number < state["stage"]:
                # Only its shape counts: the checkpoint brings the weights.
                done = Generator(geometry_for(len(self._character.parameters), stage.resolution))
                continue
            if done is not None and stage.resolution < max(done.img_resolution):
                continue
            fit = self._begin(stage, done)
            if state is not None:
                fit.restore(state)
                state = None
            if not self._fit_stage(number, fit):
                return None
            done = fit.result()
            discriminator = fit.discriminator if isinstance(fit, Sharpening) else None
        assert done is not None
        self._export(done, discriminator)
        return self.model

    def _begin(self, stage: Stage, start: Generator | None) -> StageFit:
        pictures = self._pictures(stage.resolution)
        if not stage.sharpening:
            return StageFit(self._character, self._config, stage, pictures, start)
        if start is None:
            raise ValueError("There is nothing to sharpen before the first stage of a fit.")
        return Sharpening(self._character, self._config, stage, pictures, start)

    def _pictures(self, resolution: int) -> Pictures:
        return make_pictures(
            self._folder / "pictures",
            self._character,
            resolution,
            self._count,
            seed=self._config.seed,
            on_chunk=lambda done: self._watcher.rendering(resolution, done, self._count),
        )

    def _fit_stage(self, number: int, fit: StageFit) -> bool:
        """Fit to the stage's end; False if stopped before it."""
        held_out = HeldOut(self._character, fit.stage.resolution, _HELD_OUT, _HELD_OUT)
        saved = scored = time.monotonic()
        while not fit.done and not self._watcher.wants_stop():
            self._watcher.stepped(fit.run(_TOLD_EVERY))
            now = time.monotonic()
            if now - saved > _SAVE_SECONDS:
                save_checkpoint(self.checkpoint, number, fit)
                saved = now
            if now - scored > _SCORE_SECONDS:
                self._score(fit, held_out)
                scored = now
        save_checkpoint(self.checkpoint, number, fit)
        self._score(fit, held_out)
        return fit.done

    def _score(self, fit: StageFit, held_out: HeldOut) -> None:
        made = fit.result()
        score = held_out.score(made)
        line = {
            "stage": str(fit.stage),
            "step": fit.step,
            "cpu_seconds": round(fit.seconds, 1),
        }
        with (self._folder / "scores.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({**line, **asdict(score)}) + "\n")
        sheet = Image.fromarray(held_out.sheet(made))
        enlarged = max(1, _SHOWN_AT_LEAST // fit.stage.resolution)
        sheet = sheet.resize(
            (enlarged * sheet.width, enlarged * sheet.height), Image.Resampling.BOX
        )
        kind = "-sharpened" if fit.stage.sharpening else ""
        sheet.save(self._folder / f"sheet-{fit.stage.resolution}{kind}.png")
        self._watcher.scored(fit.stage, score)

    def _export(self, generator: Generator, discriminator: Discriminator | None) -> None:
        resolution = generator.img_resolution[0]
        pairs = min(_UNSEEN_PAIRS, self._unseen)
        score = HeldOut(self._character, resolution, self._unseen, pairs).score(generator)
        self._watcher.scored(self._config.stages[-1], score)
        card: dict[str, Any] = {
            "name": self._character.name,
            "subject": self._character.subject,
            "licence": "CC0-1.0",
            "made_by": "stylegan2/toy_lion: fitted to renderings of a procedural character",
            "psnr_unseen_db": round(score.psnr, 2),
            "unseen": self._unseen,
            "learned": {group: round(part.learned, 3) for group, part in score.groups.items()},
            "fit": asdict(self._config),
            "pictures": self._count,
        }
        if discriminator is not None:
            discriminator.cpu()
        export(generator.cpu(), card, self.model, discriminator)
