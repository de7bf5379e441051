"""The models that are there and those that can be had, and what is done with them."""

from __future__ import annotations

from draggan_server.host.amounts import TimeLeft, size_words
from draggan_server.host.faults import failure_sentence
from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import (
    Button,
    Choice,
    Entry,
    Line,
    Press,
    Progress,
    Row,
    Status,
    Switch,
    Text,
)
from draggan_server.host.link import Link, Stop
from draggan_server.host.model_words import AnyModel, about, details, progress_words
from draggan_server.host.pictogram import pictogram
from draggan_server.host.sentences import said, setup, tips, words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import (
    AddModel,
    AvailableModel,
    Catalogue,
    Done,
    Errand,
    Event,
    Failure,
    GetCatalogue,
    InstalledModel,
    ModelProgress,
    ModelReady,
    ModelStopped,
    PrepareModel,
    PullModel,
    RemoveModel,
)

SHELF = Choice("shelf", words.MODELS, listed=True)
DETAILS = Text("details", wraps=True)
ACCEPT = Switch("accept")
DOWNLOAD = Button("download", words.DOWNLOAD, tips.DOWNLOAD, main=True)
PREPARE = Button("prepare", words.PREPARE, tips.PREPARE)
REMOVE = Button("remove", words.REMOVE, tips.REMOVE)
ADD = Button("add", words.ADD_FILE, tips.ADD_FILE, press=Press.FILE)
FETCH = Button("fetch", words.FETCH_ADDRESS, tips.FETCH_ADDRESS)
ADDRESS = Line("address", words.ADDRESS_EXAMPLE, tips.FETCH_ADDRESS, FETCH)
PAUSE = Button("pause", setup.PAUSE, tips.PAUSE)
PROGRESS = Progress("model_progress")
SAID = Status("model_said")
PLACE = Text("place", wraps=True)
LIBRARY = (
    SHELF,
    DETAILS,
    ACCEPT,
    Row((DOWNLOAD, PREPARE, REMOVE, ADD, PAUSE)),
    Row((ADDRESS, FETCH), words.ADDRESS),
    PROGRESS,
    SAID,
    PLACE,
)


class LibraryForm:
    """These items, for a window of their own. One thing is done with a model at a time."""

    def __init__(self, form: Form, link: Link) -> None:
        self._form = form
        self._link = link
        self._models: dict[str, AnyModel] = {}
        self._left = TimeLeft()
        self._stop: Stop | None = None
        self._sure = False
        form.on_change(SHELF, lambda _name: self._show_chosen())
        form.on_change(ACCEPT, lambda _accepted: self._enable())
        form.on_press(DOWNLOAD, self._download)
        form.on_press(PREPARE, lambda: self._run(PrepareModel(self._name), said.MODEL_PREPARED))
        form.on_press(REMOVE, self._remove)
        form.on_change(ADD, lambda file: self.add(file))
        form.on_press(FETCH, self._fetch)
        form.on_change(ADDRESS, lambda _address: self._enable())
        form.on_press(PAUSE, self._pause)
        self._show_chosen()
        self._say(tr(said.LOOKING_FOR_DAEMON))
        self._look()

    def add(self, source: str) -> None:
        """Install a file, given by its path or its address; nothing while something is done."""
        if source and self._stop is None:
            self._run(AddModel(source), said.MODEL_READY)

    # -- the list ---------------------------------------------------------------------------------

    def _look(self, chosen: str | None = None) -> None:
        """List what there is now; `chosen` is to be chosen of it, else what was chosen before."""
        self._link.request(GetCatalogue(), lambda event: self._listed(event, chosen or self._name))

    def _listed(self, event: Event, chosen: str) -> None:
        if isinstance(event, Failure):
            self._fail(event)
            return
        assert isinstance(event, Catalogue)
        if not self._models:
            self._say("")
        models: tuple[AnyModel, ...] = (*event.installed, *event.available)
        self._models = {model.name: model for model in models}
        pictures = [event.thumbnail(place) for place in range(len(event.installed))]
        installed = (
            Entry(
                model.name,
                model.name,
                about(model),
                picture=picture or pictogram(model.subject),
            )
            for model, picture in zip(event.installed, pictures, strict=True)
        )
        available = (
            Entry(
                model.name,
                model.name,
                about(model),
                picture=pictogram(model.subject),
                apart=place == 0,
            )
            for place, model in enumerate(event.available)
        )
        first = next(iter(self._models), None)
        name = chosen if chosen in self._models else first
        self._form.set(SHELF, entries=(*installed, *available), value=name)
        room = size_words(sum(one.size for one in event.installed if one.removable))
        space = size_words(event.space)
        self._form.set(PLACE, label=tr(said.PLACE, folder=event.folder, room=room, space=space))
        self._show_chosen()

    @property
    def _name(self) -> str:
        return self._form.value(SHELF) or ""

    @property
    def _chosen(self) -> AnyModel | None:
        return self._models.get(self._name)

    def _show_chosen(self) -> None:
        chosen, form = self._chosen, self._form
        can_be_had, is_there = (
            isinstance(chosen, kind) for kind in (AvailableModel, InstalledModel)
        )
        form.set(ACCEPT, visible=can_be_had, value=False)
        form.set(DOWNLOAD, visible=can_be_had)
        form.set(PREPARE, visible=isinstance(chosen, InstalledModel) and chosen.learns)
        form.set(REMOVE, visible=is_there)
        self._ask_first()
        if isinstance(chosen, AvailableModel):
            form.set(ACCEPT, label=tr(words.ACCEPT, licence=chosen.licence))
            form.set(DOWNLOAD, label=tr(words.GO_ON if chosen.arrived else words.DOWNLOAD))
        form.set(DETAILS, label="" if chosen is None else details(chosen))
        self._enable()

    def _enable(self) -> None:
        form, idle, chosen = self._form, self._stop is None, self._chosen
        form.set(PAUSE, visible=not idle)
        form.set(PROGRESS, visible=not idle)
        form.enable(idle, ACCEPT, PREPARE, ADD, ADDRESS)
        form.enable(idle and self._address.startswith(("http://", "https://")), FETCH)
        form.enable(idle and bool(form.value(ACCEPT)), DOWNLOAD)
        removable = isinstance(chosen, InstalledModel) and chosen.removable
        form.enable(idle and removable, REMOVE)

    @property
    def _address(self) -> str:
        """What the user has written."""
        return str(self._form.value(ADDRESS) or "").strip()

    # -- what is done -----------------------------------------------------------------------------

    def _fetch(self) -> None:
        address = self._address
        self._form.set(ADDRESS, value="")
        self.add(address)

    def _download(self) -> None:
        chosen = self._chosen
        if isinstance(chosen, AvailableModel):
            self._run(PullModel(chosen.name, chosen.licence), said.MODEL_READY)

    def _run(self, errand: Errand, ready: str) -> None:
        """Have it done; `ready` is what is said when it is."""

        def heard(event: Event) -> None:
            if isinstance(event, ModelProgress):
                self._show_progress(event)
                return
            self._stop = None
            if isinstance(event, ModelReady):
                trusted = [tr(said.TRUSTED)] if event.first_use else []
                self._say(" ".join((tr(ready, name=event.name), *trusted)))
                self._look(event.name)
            elif isinstance(event, ModelStopped):
                self._say(tr(said.MODEL_STOPPED))
                self._look()
            elif isinstance(event, Failure):
                self._fail(event)
                self._look()
            self._enable()

        self._say("")
        self._form.set(PROGRESS, label=tr(said.BEGINNING), fraction=None)
        self._form.enable(True, PAUSE)
        self._stop = self._link.request(errand, heard)
        self._enable()

    def _pause(self) -> None:
        if self._stop is not None:
            self._form.enable(False, PAUSE)
            self._form.set(PROGRESS, label=tr(said.STOPPING))
            self._stop()

    def _remove(self) -> None:
        if not self._sure:
            self._sure = True
            self._form.set(REMOVE, label=tr(words.REMOVE_FOR_GOOD))
            self._say(tr(said.REMOVE_QUESTION, name=self._name))
            return
        name = self._name

        def removed(event: Event) -> None:
            if isinstance(event, Done):
                self._say(tr(said.MODEL_REMOVED, name=name))
            elif isinstance(event, Failure):
                self._fail(event)
            self._look()

        self._ask_first()
        self._link.request(RemoveModel(name), removed)

    def _ask_first(self) -> None:
        self._sure = False
        self._form.set(REMOVE, label=tr(words.REMOVE))

    # -- what is said -----------------------------------------------------------------------------

    def _show_progress(self, event: ModelProgress) -> None:
        share = None if event.stage == "installing" else event.share
        self._form.set(PROGRESS, label=progress_words(event, self._left), fraction=share)

    def _say(self, sentence: str, warns: bool = False) -> None:
        self._form.set(SAID, label=sentence, warns=warns)

    def _fail(self, failure: Failure) -> None:
        self._say(failure_sentence(failure), True)
