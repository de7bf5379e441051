"""What a toolkit's widgets are set to, and what comes of what they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from draggan_server.host.forms.form import Form
from draggan_server.host.forms.parts import (
    Button,
    Choice,
    Entry,
    Fold,
    Group,
    Icon,
    Item,
    Line,
    Number,
    Pictures,
    Press,
    Progress,
    Row,
    Status,
    Switch,
    Text,
)
from draggan_server.host.forms.presenter import Presenter
from draggan_server.host.forms.toolkit import Aspect, Filling, Laid, Made, Setters, Told
from draggan_server.wire.messages import Pixels

PICTURE = Pixels(2, 2, 4, bytes(16))
ONE, TWO, THREE = Entry("one", "One"), Entry("two", "Two", tip="Tip"), Entry("three", apart=True)
DOGS, LIONS = (Entry(name, picture=PICTURE) for name in ("dogs", "lions"))


@dataclass
class Widget:
    """Keeps what it was set to, in turn; `parts` are the widgets inside."""

    kind: str
    told: Told | None = None
    parts: list[Any] = field(default_factory=list)
    sets: list[tuple[Aspect, Any]] = field(default_factory=list)
    echoes: bool = False

    def has(self, aspect: Aspect) -> list[Any]:
        return [value for one, value in self.sets if one is aspect]

    @property
    def user(self) -> Told:
        assert self.told is not None
        return self.told

    def setters(self, *aspects: Aspect) -> Setters:
        def setter(aspect: Aspect) -> Callable[[Any], None]:
            def set_it(value: Any) -> None:
                self.sets.append((aspect, value))
                if self.echoes and aspect is Aspect.VALUE:
                    self.user.changed(value)  # as toolkits' widgets do

            return set_it

        return {aspect: setter(aspect) for aspect in aspects}


class Recorder:
    """A toolkit whose widgets only keep what they are told. `chosen` is what the user chooses."""

    def __init__(self, has_keys: bool = True) -> None:
        self.has_keys = has_keys
        self.chosen = ""
        self.titles: list[str] = []
        self.unfolded: list[Widget] = []

    def _made(self, kind: str, told: Told, *own: Aspect) -> Made[Widget]:
        widget = Widget(kind, told, echoes=True)
        return Made(widget, widget.setters(*own))

    def button(self, item: Button, told: Told) -> Made[Widget]:
        value = [Aspect.VALUE] if item.press is Press.TOGGLE else []
        return self._made("button", told, Aspect.LABEL, Aspect.PICTURE, *value)

    def switch(self, _item: Switch, told: Told) -> Made[Widget]:
        return self._made("switch", told, Aspect.LABEL, Aspect.VALUE)

    def number(self, _item: Number, told: Told) -> Made[Widget]:
        return self._made("number", told, Aspect.VALUE)

    def choice(self, _item: Choice, told: Told) -> Made[Widget]:
        return self._made("choice", told, Aspect.ENTRIES, Aspect.VALUE)

    def pictures(self, _item: Pictures, told: Told) -> Made[Widget]:
        return self._made("pictures", told, Aspect.ENTRIES, Aspect.VALUE)

    def text(self, _item: Text, told: Told) -> Made[Widget]:
        return self._made("text", told, Aspect.LABEL)

    def line(self, _item: Line, told: Told) -> Made[Widget]:
        return self._made("line", told, Aspect.LABEL, Aspect.VALUE)

    def status(self, _item: Status, told: Told) -> Made[Widget]:
        return self._made("status", told, Aspect.LABEL, Aspect.WARNS)

    def progress(self, _item: Progress, told: Told) -> Made[Widget]:
        return self._made("progress", told, Aspect.LABEL, Aspect.FRACTION)

    def group(self, title: str, inside: Widget) -> Made[Widget]:
        return Made(Widget(title, parts=[inside]), {})

    def fold(self, inside: Widget, told: Told) -> Made[Widget]:
        made = self._made("fold", told, Aspect.LABEL, Aspect.VALUE)
        made.widget.parts = [inside]
        return made

    def beside(self, widgets: Sequence[Widget], _row: Row) -> Widget:
        return Widget("row", parts=list(widgets))

    def below(self, lines: Sequence[Laid[Widget]], _spacing: int) -> Widget:
        return Widget("lines", parts=list(lines))

    def common(self, widget: Widget) -> Setters:
        return widget.setters(Aspect.NAME, Aspect.TIP, Aspect.ENABLED, Aspect.VISIBLE)

    def unfold(self, widget: Widget) -> None:
        self.unfolded.append(widget)

    def choose_file(self, _widget: Widget, title: str) -> str:
        self.titles.append(title)
        return self.chosen

    def choose_folder(self, _widget: Widget) -> str:
        return self.chosen


class Stage:
    """A form in a presenter, and what its listeners heard."""

    def __init__(self, has_keys: bool = True) -> None:
        self.form = Form()
        self.toolkit = Recorder(has_keys)
        self.presenter = Presenter(self.form, self.toolkit)
        self.heard: list[Any] = []

    def build(self, item: Item) -> Widget:
        self.form.on_change(item, self.heard.append)
        return self.presenter.build(item)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_only_what_has_changed_is_set(stage: Stage) -> None:
    item = Switch("hungry", "_Hungry", "Gets food")
    widget = stage.build(item)
    before = [(Aspect.LABEL, "_Hungry"), (Aspect.VALUE, False), (Aspect.TIP, "Gets food")]
    assert widget.sets == before
    stage.form.set(item, enabled=False)
    stage.form.set(item, enabled=False)
    stage.form.set(item, visible=False)
    # Its value always is: it may stand at another one, by its user.
    value = (Aspect.VALUE, False)
    assert widget.sets[3:] == [value, (Aspect.ENABLED, False), value, (Aspect.VISIBLE, False)]


def test_what_a_widget_says_while_it_is_set_is_not_the_users(stage: Stage) -> None:
    item = Switch("hungry")
    widget = stage.build(item)
    stage.form.set(item, value=True)
    assert stage.heard == []
    widget.user.changed(False)
    assert (stage.heard, stage.form.value(item)) == ([False], False)


def test_labels_have_keys_only_where_the_toolkit_has_them() -> None:
    item, field_item = Button("feed", "_Feed"), Number("count", "_Count")
    for has_keys, label, caption in ((True, "_Feed", "_Count"), (False, "Feed", "Count")):
        stage = Stage(has_keys)
        assert stage.build(item).has(Aspect.LABEL) == [label]
        (line,) = stage.presenter.build_all((field_item,)).parts
        assert (line.caption, line.named) == (caption, stage.presenter.widgets["count"])


def test_sentences_are_shown_as_they_are_also_with_underscores(stage: Stage) -> None:
    status, text = Status("status"), Text("text")
    widgets = [stage.build(item) for item in (status, text)]
    for item in (status, text):
        stage.form.set(item, label="my_file is there")
    assert [widget.has(Aspect.LABEL)[-1] for widget in widgets] == ["my_file is there"] * 2
    assert widgets[0].has(Aspect.TIP)[-1] == "my_file is there"  # where it is cut off


def test_parts_lie_below_and_beside_each_other(stage: Stage) -> None:
    seed, dice = Number("seed", "Seed"), Button("dice", "Another", "Throw", icon=Icon.DICE)
    group = Group("all", "_All", parts=(Row((seed, dice), "Seed"), Text("text")))
    widget = stage.build(group)
    assert widget.kind == "All"
    first, second = widget.parts[0].parts
    assert first.widget.parts == [stage.presenter.widgets[key] for key in ("seed", "dice")]
    assert (first.caption, first.named) == ("Seed", stage.presenter.widgets["seed"])
    assert (second.widget.kind, second.caption) == ("text", "")
    assert stage.presenter.widgets["dice"].has(Aspect.NAME) == ["Another"]


def test_a_group_without_a_title_is_what_is_inside(stage: Stage) -> None:
    group = Group("all", parts=(Text("text"),))
    assert stage.build(group).kind == "lines"
    stage.form.set(group, visible=False)
    assert stage.presenter.widgets["all"].has(Aspect.VISIBLE) == [False]


def test_a_fold_says_whether_it_is_unfolded(stage: Stage) -> None:
    fold = Fold("more", "_More", parts=(Text("text"),))
    widget = stage.build(fold)
    assert widget.has(Aspect.VALUE) == [False]
    widget.user.changed(True)
    assert stage.heard == [True]


def test_whole_numbers_stay_whole(stage: Stage) -> None:
    whole, broken = (Number(name, digits=digits) for name, digits in (("whole", 0), ("broken", 2)))
    for item in (whole, broken):
        widget = stage.build(item)
        assert widget.has(Aspect.VALUE) == [0]
        widget.user.changed(6.5 + 0.25)
    assert stage.heard == [7, 6.75]
    assert isinstance(stage.heard[0], int)


def test_entries_are_filled_in_once_with_a_gap_before_what_stands_apart(stage: Stage) -> None:
    item = Choice("model", "Model")
    widget = stage.build(item)
    stage.form.set(item, entries=(ONE, TWO, THREE), value="three")
    assert widget.has(Aspect.ENTRIES) == [Filling((ONE, TWO, None, THREE), pictured=False)]
    assert widget.has(Aspect.VALUE)[-1] == 3
    stage.form.set(item, value="two")
    assert len(widget.has(Aspect.ENTRIES)) == 1
    assert (widget.has(Aspect.VALUE)[-1], widget.has(Aspect.TIP)[-1]) == (1, "Tip")
    stage.form.set(item, value="lost")
    assert widget.has(Aspect.VALUE)[-1] == -1
    for place in (3, 2, -1, 9):  # the gap and what is no place are nothing to be chosen
        widget.user.changed(place)
    assert stage.heard == ["three"]


def test_a_list_that_begins_with_what_stands_apart_has_no_gap(stage: Stage) -> None:
    item = Choice("model")
    widget = stage.build(item)
    stage.form.set(item, entries=(THREE, ONE))
    assert widget.has(Aspect.ENTRIES) == [Filling((THREE, ONE), pictured=False)]


def test_a_choice_opens_at_once_or_asks_first(stage: Stage) -> None:
    plain, asks = Choice("method"), Choice("model", asks=True)
    opened: list[str] = []
    stage.form.on_open(asks, lambda: opened.append("model"))
    widgets = [stage.build(item) for item in (plain, asks)]
    for widget in widgets:
        widget.user.opened()
    assert (stage.toolkit.unfolded, opened) == (widgets[:1], ["model"])
    stage.form.unfold(asks)
    assert stage.toolkit.unfolded == widgets


def test_a_screen_reader_is_told_what_the_pictures_are(stage: Stage) -> None:
    assert stage.build(Pictures("moments", "_History")).has(Aspect.NAME) == ["History"]
    assert stage.build(Pictures("plain")).has(Aspect.NAME) == []


def test_more_pictures_are_added_and_others_take_their_place(stage: Stage) -> None:
    item = Pictures("samples", wraps=True)
    widget = stage.build(item)
    stage.form.set(item, entries=(DOGS,))
    stage.form.set(item, entries=(DOGS, LIONS))
    stage.form.set(item, entries=(LIONS,))
    assert widget.has(Aspect.ENTRIES) == [
        Filling((DOGS,), pictured=True),
        Filling((LIONS,), pictured=True, stays=True),
        Filling((LIONS,), pictured=True),
    ]


def test_the_picture_that_is_meant_is_shown_whichever_was_clicked(stage: Stage) -> None:
    item = Pictures("moments")
    widget = stage.build(item)
    stage.form.set(item, entries=(DOGS, LIONS), value="dogs")
    stage.form.on_change(item, lambda _name: stage.form.set(item, value="dogs"))
    widget.user.changed(1)
    assert (stage.heard, widget.has(Aspect.VALUE)[-1]) == (["lions"], 0)


def test_pictures_say_when_their_end_is_seen(stage: Stage) -> None:
    item, opened = Pictures("samples", wraps=True), []
    stage.form.on_open(item, lambda: opened.append(True))
    stage.build(item).user.opened()
    assert opened == [True]


def test_a_button_is_pressed_held_or_stays_down(stage: Stage) -> None:
    stage.build(Button("click")).user.pressed()
    toggle = stage.build(Button("toggle", press=Press.TOGGLE))
    toggle.user.changed(True)
    hold = stage.build(Button("hold", press=Press.HOLD))
    hold.user.changed(True)
    assert stage.heard == [None, True, True]
    assert (toggle.has(Aspect.VALUE), hold.has(Aspect.VALUE)) == ([False], [])


@pytest.mark.parametrize("press", [Press.FILE, Press.FOLDER])
def test_a_file_or_a_folder_is_chosen_and_nothing_told_where_none_is(
    stage: Stage, press: Press
) -> None:
    widget = stage.build(Button("add", "_Add", press=press))
    widget.user.pressed()
    assert stage.heard == []
    stage.toolkit.chosen = "/there"
    widget.user.pressed()
    assert stage.heard == ["/there"]
    assert stage.toolkit.titles == (["Add"] * 2 if press is Press.FILE else [])
    widget.user.dropped("file:///here")
    assert stage.heard[-1] == "file:///here"


def test_how_far_it_is_is_set_each_time_so_that_a_bar_moves(stage: Stage) -> None:
    item = Progress("progress")
    widget = stage.build(item)
    for words in ("1", "2", "3"):
        stage.form.set(item, label=words, fraction=None)
    assert widget.has(Aspect.FRACTION) == [0.0, None, None, None]


def test_a_picture_on_a_button_comes_and_goes(stage: Stage) -> None:
    item = Button("new", "New")
    widget = stage.build(item)
    for picture in (None, PICTURE, PICTURE, None):
        stage.form.set(item, picture=picture)
    assert widget.has(Aspect.PICTURE) == [PICTURE, None]


def test_a_line_that_is_written_presses_its_button_by_enter_unless_that_is_off(
    stage: Stage,
) -> None:
    button = Button("get", "_Get")
    item, pressed = Line("address", "https://", button=button), []
    stage.form.on_press(button, lambda: pressed.append(stage.form.value(item)))
    widget = stage.build(item)
    assert (widget.has(Aspect.LABEL), widget.has(Aspect.VALUE)) == (["https://"], [""])
    widget.user.changed("https://there")
    widget.user.entered()
    stage.form.enable(False, button)
    widget.user.entered()
    assert (stage.heard, pressed) == (["https://there"], ["https://there"])
