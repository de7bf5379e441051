"""Samples to pick from, below the settings of a new picture."""

from __future__ import annotations

from collections.abc import Callable

from draggan_server.host.faults import failure_sentence
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import Button, Entry, Fold, Pictures, Row
from draggan_server.host.link import Link
from draggan_server.host.mixing import words_of
from draggan_server.host.sample_grid import Cell, SampleGrid
from draggan_server.host.sentences import said, tips, words
from draggan_server.host.translation import tr_error
from draggan_server.wire.errors import BadInput
from draggan_server.wire.messages import Failure, Sample

SAMPLES = Pictures("samples", words.PICK, wraps=True)
LIKE = Button("like", words.LIKE, tips.LIKE)
BETWEEN = Button("between", words.BETWEEN, tips.BETWEEN)
SEEDS = Button("seeds", words.SEEDS, tips.SEEDS)
PICK = Fold("pick", words.PICK, parts=(SAMPLES, Row((LIKE, BETWEEN)), SEEDS))


class GridForm:
    """The grid, and what is picked of it.

    `wanted` is a sample of the model and the truncation to be shown, None while no model is known:
    then `list_models` is called, after which comes `look` again. It raises `BadInput` for a model
    that draws none. `pick` gets what the user clicks,
    `say` what is wrong.
    """

    def __init__(
        self,
        form: Form,
        link: Link,
        wanted: Callable[[], Sample | None],
        list_models: Callable[[], None],
        pick: Callable[[Sample], None],
        say: Callable[[str, bool], None],
    ) -> None:
        self._form = form
        self._wanted = wanted
        self._list_models = list_models
        self._pick = pick
        self._say = say
        self._grid = SampleGrid(link, self)
        self._cells: tuple[Cell, ...] = ()
        self._picked: list[Sample] = []
        form.set(PICK, value=False)
        form.on_change(PICK, lambda _unfolded: self.look())
        form.on_change(SAMPLES, lambda name: self._take(self._cells[int(name)].sample))
        form.on_open(SAMPLES, self._grid.more)
        form.on_press(LIKE, lambda: self._grid.like(self._picked[-1]))
        form.on_press(BETWEEN, lambda: self._grid.between(*self._picked))
        form.on_press(SEEDS, self._show_seeds)
        self._enable()

    def look(self) -> None:
        """Draw the first page, once it is to be seen and a model is known."""
        if self._form.value(PICK) and not self._cells:
            self._show_seeds()

    def begin_anew(self) -> None:
        """The model or the truncation is another one."""
        self._cells, self._picked = (), []
        self._enable()
        self.look()

    def show_cells(self, cells: tuple[Cell, ...]) -> None:
        self._cells = cells
        entries = tuple(
            Entry(str(place), tip=words_of(cell.sample), picture=cell.picture)
            for place, cell in enumerate(cells)
            if cell.picture is not None
        )
        self._form.set(SAMPLES, entries=entries, value=self._place())
        if len(entries) == len(cells):
            self._form.unfold(SAMPLES, there=False)  # more can be asked for

    def show_failure(self, failure: Failure) -> None:
        self._say(failure_sentence(failure, said.SETTING_TO_TRY_AGAIN), True)

    def _show_seeds(self) -> None:
        try:
            sample = self._wanted()
        except BadInput as error:
            self._say(tr_error(error), True)
            return
        if sample is None:
            self._list_models()
        else:
            self._grid.seeds(sample.model, sample.truncation_psi)

    def _take(self, sample: Sample) -> None:
        self._picked = [*[one for one in self._picked if one != sample][-1:], sample]
        self._enable()
        self._pick(sample)

    def _enable(self) -> None:
        self._form.enable(bool(self._picked), LIKE)
        self._form.enable(len(self._picked) > 1, BETWEEN)

    def _place(self) -> str | None:
        last = self._picked[-1:]
        return next((str(n) for n, cell in enumerate(self._cells) if [cell.sample] == last), None)
