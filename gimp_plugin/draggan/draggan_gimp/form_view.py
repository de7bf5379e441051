"""Forms of `draggan_server.host.forms`, shown by GTK."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gi.repository import Gdk, GdkPixbuf, GimpUi, GLib, Gtk, Pango

from draggan_server.host.forms.form import Form, Look
from draggan_server.host.forms.parts import (
    Button,
    Choice,
    Entry,
    Fold,
    Group,
    Item,
    Line,
    Number,
    Part,
    Pictures,
    Press,
    Progress,
    Row,
    Status,
    Switch,
    Text,
    has_caption,
)
from draggan_server.host.sentences import words
from draggan_server.host.translation import plain, tr

from .picture_grid import PictureGrid
from .picture_view import small_pixbuf

_ROW_SPACE, _COLUMN_SPACE = 6, 12
_TEXT_CHARS, _NARROW_CHARS = 28, 12
_STATUS_CHARS = 40
"""As narrow as a sentence may become, and as wide as it makes the dialog."""
_STATUS_HEIGHT = 38
"""Pixels, for two lines: a longer sentence takes its room from what is above it."""
_ENTRY_SIDE, _STRIP_SIDE = 40, 48  # pixels
_LIST_SIZE = (480, 280)
_NAME, _PICTURE, _TEXT, _ENABLED, _IS_GAP = range(5)

Paint = Callable[[Look], None]


class FormView:
    """Makes the widgets of a form, part by part, and keeps them as their looks say."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._widgets: dict[str, Gtk.Widget] = {}
        self._paints: dict[str, Paint] = {}
        self._build: dict[type, Callable[[Any], tuple[Gtk.Widget, Paint]]] = {
            Button: self._button,
            Switch: self._switch,
            Number: self._number,
            Choice: self._choice,
            Pictures: self._pictures,
            Text: self._text,
            Line: self._line,
            Status: self._status,
            Progress: self._progress,
            Group: self._group,
            Fold: self._fold,
        }
        form.show_in(self)

    def build(self, part: Part) -> Gtk.Widget:
        """The widget of a part that shows it from now on."""
        if isinstance(part, Row):
            row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=_ROW_SPACE)
            row.set_homogeneous(not part.label)
            for place, inner in enumerate(part.parts):
                grows = not part.label or place == 0
                row.pack_start(self.build(inner), grows, grows, 0)
            return row
        widget, self._paints[part.key] = self._build[type(part)](part)
        self._widgets[part.key] = widget
        self._form.show(part)
        return widget

    def build_all(self, parts: tuple[Part, ...], spacing: int = 9) -> Gtk.Widget:
        """Parts below each other; fields have their captions before them, in columns."""
        if any(map(has_caption, parts)):
            return self._grid(parts)
        rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=spacing)
        for part in parts:
            rows.pack_start(self.build(part), False, False, 0)
        return rows

    def _grid(self, parts: tuple[Part, ...]) -> Gtk.Widget:
        grid = Gtk.Grid(row_spacing=_ROW_SPACE, column_spacing=_COLUMN_SPACE)
        for row, part in enumerate(parts):
            widget = self.build(part)
            widget.set_hexpand(True)
            if not has_caption(part):
                grid.attach(widget, 0, row, 2, 1)
                continue
            text = tr(words.WITH_COLON, label=tr(part.label))
            caption = Gtk.Label(label=text, use_underline=True, xalign=0.0)
            first = part.parts[0] if isinstance(part, Row) else part
            caption.set_mnemonic_widget(self._widgets[first.key])
            grid.attach(caption, 0, row, 1, 1)
            grid.attach(widget, 1, row, 1, 1)
        return grid

    # -- what the form asks for -------------------------------------------------------------------

    def show(self, item: Item, look: Look) -> None:
        widget = self._widgets.get(item.key)
        if widget is None:
            return
        self._paints[item.key](look)
        chosen = look.entry()
        widget.set_tooltip_text((chosen.tip if chosen else "") or look.tip or None)
        widget.set_sensitive(look.enabled)
        if isinstance(item, Progress):
            widget.set_opacity(1.0 if look.visible else 0.0)  # keeps its room in the dialog
            return
        widget.set_no_show_all(not look.visible)
        if look.visible:
            widget.show_all()
        else:
            widget.hide()

    def unfold(self, item: Item) -> None:
        self._widgets[item.key].popup()

    # -- the kinds of items -----------------------------------------------------------------------

    def _button(self, item: Button) -> tuple[Gtk.Widget, Paint]:
        stays = item.press is Press.TOGGLE
        button = Gtk.ToggleButton(use_underline=True) if stays else Gtk.Button(use_underline=True)
        if stays:
            button.connect("toggled", lambda button: self._form.act(item, button.get_active()))
        elif item.press is Press.FILE:
            button.connect("clicked", lambda _button: self._form.act(item, _chosen_file(button)))
            take_files(button, lambda file: self._form.act(item, file))
        elif item.press is Press.HOLD:
            button.connect("pressed", lambda _button: self._form.act(item, True))
            button.connect("released", lambda _button: self._form.act(item, False))
        elif item.press is Press.FOLDER:
            button.connect("clicked", lambda _button: self._choose_folder(item))
        else:
            button.connect("clicked", lambda _button: self._form.act(item))
        if item.main:
            button.get_style_context().add_class("suggested-action")

        def paint(look: Look) -> None:
            button.set_label(look.label)
            if stays:
                button.set_active(bool(look.value))
            if look.picture is not None:
                button.set_image(Gtk.Image.new_from_pixbuf(small_pixbuf(look.picture, _STRIP_SIDE)))
                button.set_always_show_image(True)

        return button, paint

    def _choose_folder(self, item: Button) -> None:
        window, kind = self._widgets[item.key].get_toplevel(), Gtk.FileChooserAction.SELECT_FOLDER
        chooser = Gtk.FileChooserNative.new(None, window, kind, None, None)
        if chooser.run() == Gtk.ResponseType.ACCEPT:
            self._form.act(item, chooser.get_filename())

    def _switch(self, item: Switch) -> tuple[Gtk.Widget, Paint]:
        switch = Gtk.CheckButton(use_underline=True)
        switch.connect("toggled", lambda switch: self._form.act(item, switch.get_active()))

        def paint(look: Look) -> None:
            switch.set_label(look.label)
            switch.set_active(bool(look.value))

        return switch, paint

    def _number(self, item: Number) -> tuple[Gtk.Widget, Paint]:
        if item.usual is None:
            field = Gtk.SpinButton.new_with_range(item.least, item.most, item.step)
            field.set_digits(item.digits)
        else:
            least, most, mark = item.usual
            field = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, least, most, item.step)
            field.set_value_pos(Gtk.PositionType.RIGHT)
            field.add_mark(mark, Gtk.PositionType.BOTTOM, None)

        def changed(field: Gtk.Widget) -> None:
            value = field.get_value()
            self._form.act(item, value if item.digits else round(value))

        field.connect("value-changed", changed)
        return field, lambda look: field.set_value(look.value or 0)

    def _choice(self, item: Choice) -> tuple[Gtk.Widget, Paint]:
        rows = Gtk.ListStore(str, GdkPixbuf.Pixbuf, str, bool, bool)
        if item.listed:
            return self._list(item, rows)
        box = Gtk.ComboBox.new_with_model(rows)
        box.set_id_column(_NAME)
        fill = self._entries(item, rows, box)
        box.set_row_separator_func(lambda rows, row: rows[row][_IS_GAP])
        box.connect("changed", lambda box: self._form.act(item, box.get_active_id()))

        def paint(look: Look) -> None:
            fill(look)
            box.set_active_id(look.value)

        return box, paint

    def _list(self, item: Choice, rows: Gtk.ListStore) -> tuple[Gtk.Widget, Paint]:
        view = Gtk.TreeView(model=rows, headers_visible=False, enable_search=False)
        view.get_accessible().set_name(tr(item.label))
        column = Gtk.TreeViewColumn()
        fill = self._entries(item, rows, column)
        view.append_column(column)
        view.set_row_separator_func(lambda rows, row: rows[row][_IS_GAP])
        scrolled = Gtk.ScrolledWindow(shadow_type=Gtk.ShadowType.IN, vexpand=True)
        scrolled.set_size_request(*_LIST_SIZE)
        scrolled.add(view)

        def chosen(selection: Gtk.TreeSelection) -> None:
            _rows, row = selection.get_selected()
            if row is not None:
                self._form.act(item, rows[row][_NAME])

        def paint(look: Look) -> None:
            fill(look)
            for row in rows:
                if row[_NAME] == look.value and not row[_IS_GAP]:
                    view.get_selection().select_path(row.path)
                    view.scroll_to_cell(row.path)

        view.get_selection().connect("changed", chosen)
        return scrolled, paint

    def _entries(self, item: Choice, rows: Gtk.ListStore, layout: Gtk.CellLayout) -> Paint:
        """Lets `layout` show entries in `rows`; what is returned fills them."""
        picture, text = Gtk.CellRendererPixbuf(), Gtk.CellRendererText()
        text.set_property("ellipsize", Pango.EllipsizeMode.END)  # an entry may say a lot
        if item.narrow:
            text.set_property("width-chars", _NARROW_CHARS)
            text.set_property("max-width-chars", _NARROW_CHARS)
        layout.pack_start(picture, False)
        layout.pack_start(text, True)
        for cell, name, column in ((picture, "pixbuf", _PICTURE), (text, "markup", _TEXT)):
            layout.add_attribute(cell, name, column)
            layout.add_attribute(cell, "sensitive", _ENABLED)
        shown: list[tuple[Entry, ...]] = []

        def fill(look: Look) -> None:
            if shown != [look.entries]:
                shown[:] = [look.entries]
                pictures = any(entry.picture for entry in look.entries)
                picture.set_visible(pictures)
                text.set_property("xpad", 8 if pictures else 0)
                rows.clear()
                for entry in look.entries:
                    if entry.apart:
                        rows.append([None, None, "", False, True])
                    small = small_pixbuf(entry.picture, _ENTRY_SIDE) if pictures else None
                    rows.append([entry.name, small, _two_lines(entry), entry.enabled, False])

        return fill

    def _pictures(self, item: Pictures) -> tuple[Gtk.Widget, Paint]:
        if item.wraps:
            grid = PictureGrid(self._form, item)
            return grid.widget, grid.paint
        row = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=3)
        scrolled = Gtk.ScrolledWindow()
        scrolled.set_policy(Gtk.PolicyType.AUTOMATIC, Gtk.PolicyType.NEVER)
        scrolled.add(row)
        shown: list[Look] = []

        def paint(look: Look) -> None:
            if shown == [replace(look, enabled=True)]:
                return
            shown[:] = [replace(look, enabled=True)]
            for child in row.get_children():
                child.destroy()
            for entry in look.entries:
                image = Gtk.Image.new_from_pixbuf(small_pixbuf(entry.picture, _STRIP_SIDE))
                button = Gtk.ToggleButton(image=image)
                button.set_tooltip_text(entry.tip)
                button.set_active(entry.name == look.value)
                button.connect("toggled", lambda _, name=entry.name: self._form.act(item, name))
                row.pack_start(button, False, False, 0)

        return scrolled, paint

    def _text(self, _item: Text) -> tuple[Gtk.Widget, Paint]:
        label = Gtk.Label(xalign=0.0)
        label.set_line_wrap(True)
        label.set_max_width_chars(_TEXT_CHARS)
        return label, lambda look: label.set_text(look.label)

    def _line(self, item: Line) -> tuple[Gtk.Widget, Paint]:
        entry = Gtk.Entry(placeholder_text=tr(item.label))
        entry.connect("changed", lambda entry: self._form.act(item, entry.get_text()))
        entry.connect("activate", lambda _entry: self._form.press(item.button))

        def paint(look: Look) -> None:
            if entry.get_text() != (look.value or ""):
                entry.set_text(look.value or "")

        return entry, paint

    def _status(self, _item: Status) -> tuple[Gtk.Widget, Paint]:
        sign = Gtk.Image.new_from_icon_name(GimpUi.ICON_DIALOG_WARNING, Gtk.IconSize.BUTTON)
        label = Gtk.Label(xalign=0.0, yalign=0.0)
        label.set_line_wrap(True)
        label.set_width_chars(_STATUS_CHARS)
        label.set_max_width_chars(_STATUS_CHARS)
        label.set_size_request(-1, _STATUS_HEIGHT)
        line = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
        line.pack_start(sign, False, False, 0)
        line.pack_start(label, True, True, 0)

        def paint(look: Look) -> None:
            sign.set_no_show_all(not look.warns)
            sign.set_visible(look.warns)
            label.set_text(look.label)

        return line, paint

    def _progress(self, _item: Progress) -> tuple[Gtk.Widget, Paint]:
        bar = Gtk.ProgressBar()
        bar.set_show_text(True)

        def paint(look: Look) -> None:
            bar.set_text(look.label)
            if look.fraction is None:
                bar.pulse()
            else:
                bar.set_fraction(look.fraction)

        return bar, paint

    def _group(self, item: Group) -> tuple[Gtk.Widget, Paint]:
        inside = self.build_all(item.parts)
        if not item.label:
            return inside, lambda _look: None
        frame = GimpUi.Frame.new(None)
        frame.add(inside)
        return frame, lambda look: frame.set_label(plain(look.label))

    def _fold(self, item: Fold) -> tuple[Gtk.Widget, Paint]:
        inside = self.build_all(item.parts)
        inside.set_margin_top(6)
        inside.set_margin_start(12)
        fold = Gtk.Expander(use_underline=True)
        fold.add(inside)
        fold.connect("notify::expanded", lambda *_: self._form.act(item, fold.get_expanded()))

        def paint(look: Look) -> None:
            fold.set_label(look.label)
            fold.set_expanded(bool(look.value))

        return fold, paint


def take_files(widget: Gtk.Widget, take: Callable[[str], None]) -> None:
    """Call `take` with the address of each file that is dropped on a widget."""
    widget.drag_dest_set(Gtk.DestDefaults.ALL, [], Gdk.DragAction.COPY)
    widget.drag_dest_add_uri_targets()

    def dropped(_widget: Gtk.Widget, *said: Any) -> None:
        data = said[3]
        for address in data.get_uris():
            take(address)

    widget.connect("drag-data-received", dropped)


def _chosen_file(button: Gtk.Button) -> str:
    """The path that the user chooses, empty where none is chosen."""
    title = button.get_label().replace("_", "")
    window, opening = button.get_toplevel(), Gtk.FileChooserAction.OPEN
    chooser = Gtk.FileChooserNative.new(title, window, opening, None, None)
    chosen = chooser.run() == Gtk.ResponseType.ACCEPT
    return chooser.get_filename() if chosen else ""


def _two_lines(entry: Entry) -> str:
    """What an entry says, in Pango's markup."""
    label, about = (
        GLib.markup_escape_text(" ".join(t.split())) for t in (entry.label, entry.about)
    )
    return f"{label}\n<small>{about}</small>" if about else label
