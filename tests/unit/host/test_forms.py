"""Forms: what items look like, and who hears what the user does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from draggan_server.host.forms.form import Form, Look
from draggan_server.host.forms.grid import PICK
from draggan_server.host.forms.models import MODEL, Models
from draggan_server.host.forms.options import METHOD, OPTIONS, QUALITY, RESET, Options
from draggan_server.host.forms.parts import Button, Item, Number, Row, Switch, Text, has_caption
from draggan_server.host.forms.sample import SampleForm
from draggan_server.host.link import Link
from draggan_server.host.sentences import refusals, words
from draggan_server.host.settings import Settings
from draggan_server.wire.messages import Event, ModelInfo, ModelList

ROAR = Button("roar", "_Roar", "As loud as it can")
MANE = Number("mane", "_Mane", most=9)
AWAKE = Switch("awake", "A_wake")


class View:
    """Shows nothing; its widgets answer what they are shown at once, as toolkits' do."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.shown: list[tuple[str, Look]] = []
        self.unfolded: list[str] = []
        form.show_in(self)

    def show(self, item: Item, look: Look) -> None:
        self.shown.append((item.key, look))
        self.form.act(item, "an echo")

    def unfold(self, item: Item) -> None:
        self.unfolded.append(item.key)


def test_each_item_begins_with_its_own_label_and_tip() -> None:
    assert Form().look(ROAR) == Look("_Roar", "As loud as it can")


def test_a_view_is_shown_changes_only_and_its_echo_is_nobody_s() -> None:
    form, heard = Form(), list[Any]()
    view = View(form)
    form.on_change(MANE, heard.append)
    form.set(MANE, value=3)
    form.set(MANE, value=3)
    form.enable(True, MANE)
    form.enable(False, MANE, AWAKE)
    assert [(key, look.value, look.enabled) for key, look in view.shown] == [
        ("mane", 3, True),
        ("mane", 3, False),
        ("awake", None, False),
    ]
    assert heard == []
    form.show(ROAR)  # for a widget that is new
    assert view.shown[-1] == ("roar", form.look(ROAR))


def test_what_the_user_does_is_heard_by_all_once_it_is_the_value() -> None:
    form, heard = Form(), list[Any]()
    view = View(form)
    form.on_change(MANE, lambda value: heard.append((value, form.value(MANE))))
    form.on_change(MANE, lambda value: heard.append(-value))
    form.on_press(ROAR, lambda: heard.append("roar"))
    form.act(MANE, 5)
    form.act(ROAR)
    assert heard == [(5, 5), -5, "roar"]
    assert view.shown == []  # the widget shows it already
    form.choose(MANE, 5)
    form.choose(MANE, 6)
    assert heard[3:] == [(6, 6), -6]
    assert [look.value for _, look in view.shown] == [6]


def test_a_choice_that_asks_unfolds_once_it_is_answered() -> None:
    form, asked = Form(), list[str]()
    view = View(form)
    form.on_open(MODEL, lambda: asked.append("models"))
    form.unfold(MODEL)  # the entries have come by themselves
    assert view.unfolded == []
    form.open(MODEL)
    form.open(MODEL)
    assert asked == ["models"]
    form.unfold(MODEL)
    assert view.unfolded == ["model"]
    form.open(MODEL)
    form.unfold(MODEL, there=False)
    form.open(MODEL)
    assert (len(asked), view.unfolded) == (3, ["model"])


def test_fields_have_captions() -> None:
    assert has_caption(MANE)
    assert has_caption(Row((MANE, ROAR), words.SEED))
    assert not has_caption(Row((MANE, ROAR)))
    assert not any(map(has_caption, (ROAR, AWAKE, Text("text", "Lions"))))


class TestModels:
    LISTED = ModelList((ModelInfo("lion", "lions", 8, 8, "CC0"), ModelInfo("cub", "", 8, 8, "MIT")))

    def test_until_they_are_listed_it_stands_for_one(self) -> None:
        form = Form()
        models = Models(form, "")
        assert [one.label for one in form.look(MODEL).entries] == [words.DEFAULT_MODEL]
        assert (models.name, models.wanted) == (None, "")
        remembered = Models(form, "cub")
        assert [one.label for one in form.look(MODEL).entries] == ["cub"]
        assert (remembered.name, remembered.wanted) == (None, "cub")

    def test_the_one_chosen_stays_chosen_while_it_is_there(self) -> None:
        form = Form()
        models = Models(form, "cub")
        models.show(self.LISTED)
        assert models.name == "cub"
        form.act(MODEL, "lion")
        models.show(self.LISTED)
        assert models.name == "lion"
        models.show(ModelList((ModelInfo("cub", "", 8, 8, "MIT"),)))
        assert models.name == "cub"

    def test_what_can_be_had_only_cannot_be_chosen(self) -> None:
        form = Form()
        models = Models(form, "")
        models.show(ModelList(self.LISTED.models, self.LISTED.models[:1]))
        entries = form.look(MODEL).entries
        assert [(one.enabled, one.apart) for one in entries] == [
            (True, False),
            (True, False),
            (False, True),
        ]
        assert "DragGAN > Models" in entries[-1].about

    def test_those_that_change_any_picture_come_after_those_that_draw(self) -> None:
        form = Form()
        models = Models(form, "")
        assert models.instead == ""
        any_picture = (ModelInfo("sd", "photographs", 512, 512, "MIT"),)
        models.show(ModelList(self.LISTED.models, self.LISTED.models[:1], None, any_picture))
        entries = form.look(MODEL).entries
        assert [one.name for one in entries] == ["lion", "cub", "sd", "lion"]
        assert entries[2].about == words.ANY_PICTURE.format(width=512, height=512)
        assert (models.name, models.instead) == ("lion", "sd")
        form.act(MODEL, "sd")
        models.show(ModelList(self.LISTED.models, (), None, any_picture))
        assert models.name == "sd"
        models.show(self.LISTED)
        assert (models.name, models.instead) == ("lion", "")

    def test_those_that_draw_nothing_are_not_offered_for_a_new_picture(self) -> None:
        form = Form()
        models = Models(form, "sd", draw=True)
        any_picture = (ModelInfo("sd", "photographs", 512, 512, "MIT"),)
        models.show(ModelList(self.LISTED.models, self.LISTED.models[:1], None, any_picture))
        entries = form.look(MODEL).entries
        assert [one.name for one in entries] == ["lion", "cub", "lion"]
        assert (models.name, models.instead) == ("lion", "")


class RecordedLink:
    """Notes what is asked for; nothing is answered, and no time passes."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.rests = 0

    def request(self, message: object, _answered: Callable[[Event], None]) -> None:
        self.asked.append(message)

    def every(self, _milliseconds: int, _tick: Callable[[], None]) -> Callable[[], None]:
        self.rests += 1
        return lambda: None


def test_a_model_for_photos_is_chosen_and_not_asked_for_a_new_picture() -> None:
    form, link = Form(), RecordedLink()
    shown: list[object] = []
    told: list[str] = []
    sample = SampleForm(
        form,
        cast(Link, link),
        Settings(),
        shown.append,
        lambda sentence, _warns: told.append(sentence),
        photos=True,
    )
    lion, sd = (ModelInfo(name, "", 16, 16, "MIT") for name in ("lion", "sd"))
    sample.show_models(ModelList((lion,), any_picture=(sd,)))
    form.act(MODEL, "sd")
    assert (sample.models.name, sample.models.draws) == ("sd", False)
    assert (link.asked, link.rests, told) == ([], 0, [])
    assert shown == [None]
    sample.samples.draw()  # as New picture does
    assert link.asked == []
    assert told[-1].startswith(refusals.DRAWS_NONE.format(model="sd"))
    form.act(PICK, True)
    assert link.asked == []
    assert told[-1] == refusals.DRAWS_NONE.format(model="sd")
    form.act(MODEL, "lion")
    assert (sample.models.draws, link.rests) == (True, 1)


def test_options_are_reset_to_their_defaults() -> None:
    form = Form()
    options = Options(form, Settings(method="draggan", max_steps=7, quality="best", options=True))
    assert (options.config().method, options.config().max_steps) == ("draggan", 7)
    assert (options.quality(), form.value(OPTIONS)) == ("best", True)
    form.act(RESET)
    assert (form.value(METHOD), form.value(QUALITY)) == (Settings().method, Settings().quality)
    assert options.config().max_steps == Settings().max_steps
    assert form.value(OPTIONS)  # stay unfolded
