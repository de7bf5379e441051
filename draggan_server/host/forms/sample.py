"""The settings of a new picture, which show it before it is made."""

from __future__ import annotations

import random
from collections.abc import Callable

from draggan_server.host.faults import failure_sentence
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.grid import PICK, GridForm
from draggan_server.host.forms.models import MODEL, Models
from draggan_server.host.forms.parts import Button, Icon, Number, Row
from draggan_server.host.link import Link
from draggan_server.host.mixing import main_seed
from draggan_server.host.samples import Samples
from draggan_server.host.sentences import refusals, said, tips, words
from draggan_server.host.settings import Settings
from draggan_server.host.translation import tr
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import (
    DEFAULT_PSI,
    MAX_PSI,
    BlendSource,
    EditOpened,
    Failure,
    ModelList,
    Pixels,
    Sample,
    SampleSource,
)

MAX_SEED = 2**31 - 1
"""Whole numbers of GIMP and Qt end here; the wire would take twice as many seeds."""
_CHANCE = 100_000
"""So many seeds come by chance: short ones, to be written down."""

SEED = Number("seed", words.SEED, tips.SEED, most=MAX_SEED)
ANOTHER = Button("another", words.ANOTHER, tips.ANOTHER_SEED, icon=Icon.DICE)
TRUNCATION = Number(
    "truncation",
    words.TRUNCATION,
    tips.TRUNCATION,
    -MAX_PSI,
    MAX_PSI,
    step=0.05,
    digits=2,
    usual=(0.0, 1.5, DEFAULT_PSI),
)
NEW_PICTURE = Button("new_picture", words.NEW_PICTURE, tips.NEW_PICTURE)
SAMPLE = (MODEL, Row((SEED, ANOTHER), words.SEED), TRUNCATION, PICK)

Say = Callable[[str, bool], None]


class SampleForm:
    """The settings in a form, and what `samples` draw by them.

    `show_picture` gets what is drawn, None where that cannot be done; `say` each sentence, and
    whether it says that something is wrong. With `photos` its models are those of photos, too, and
    some of them draw none.
    """

    def __init__(
        self,
        form: Form,
        link: Link,
        remembered: Settings,
        show_picture: Callable[[Pixels | None], None],
        say: Say,
        *,
        photos: bool = False,
    ) -> None:
        self._form = form
        self._show_picture = show_picture
        self._say = say
        self.models = Models(form, remembered.model, draw=not photos)
        self.samples = Samples(link, self)
        self._blend: BlendSource | None = None
        self._grid = GridForm(form, link, self.wanted, self.samples.list_models, self._pick, say)
        form.set(SEED, value=0)
        form.set(TRUNCATION, value=remembered.truncation)
        form.on_open(MODEL, self.samples.list_models)
        form.on_press(ANOTHER, self._throw_dice)
        form.on_change(SEED, lambda _value: self.change())
        for setting in (MODEL, TRUNCATION):
            form.on_change(setting, lambda _value: self.change(others=True))

    def change(self, others: bool = False) -> None:
        """A setting is another one; `others`: one by which all samples are."""
        self._blend = None
        if not self.models.draws:
            self.samples.close()
            self._show_picture(None)
            return
        self.samples.change()
        if others:
            self._grid.begin_anew()

    def _pick(self, sample: Sample) -> None:
        self._blend = sample if isinstance(sample, BlendSource) else None
        self._form.set(SEED, value=main_seed(sample))
        self.samples.change()

    def _throw_dice(self) -> None:
        self._form.choose(SEED, random.randrange(_CHANCE))

    # -- what the samples ask for -----------------------------------------------------------------

    def wanted(self) -> Sample | None:
        model = self.models.name
        if model is None or self._blend is not None:
            return self._blend
        if not self.models.draws:
            raise BadInput(refusals.DRAWS_NONE, model=model)
        return SampleSource(model, self._form.value(SEED), self._form.value(TRUNCATION))

    def show_models(self, listed: ModelList) -> None:
        self.models.show(listed)
        self._grid.look()

    def show_no_models(self) -> None:
        self.models.show_none()

    def show_drawing(self) -> None:
        self._say(tr(said.DRAWING), False)

    def show_sample(self, _sample: Sample, opened: EditOpened) -> None:
        picture = opened.picture
        self._show_picture(picture)
        self._say(tr(words.PIXELS, width=picture.width, height=picture.height), False)

    def show_failure(self, failure: Failure) -> None:
        self._show_picture(None)
        self._say(failure_sentence(failure, said.SETTING_TO_TRY_AGAIN), True)
