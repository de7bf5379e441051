"""GTK's widgets for the parts of a form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gi.repository import Gdk, GdkPixbuf, GimpUi, GLib, Gtk, Pango

from draggan_server.host.forms import parts
from draggan_server.host.forms.toolkit import Aspect, Filling, Laid, Made, Setters, Told
from draggan_server.host.sentences import words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import Pixels

from .picture_view import pixbuf_of

_ROW_SPACE, _COLUMN_SPACE = 6, 12
_TEXT_CHARS, _NARROW_CHARS = 28, 12
_STATUS_CHARS = 40
"""As narrow as a sentence may become, and as wide as it makes the dialog."""
_STATUS_HEIGHT = 38
"""Pixels, for two lines: a longer sentence takes its room from what is above it."""
_STRIP_SIDE, _GRID_SIDE = 48, 64  # pixels
_ENTRY_SIZE = Gtk.icon_size_register("draggan-entry", 40, 40)
_LIST_SIZE, _GRID_HEIGHT, _GRID_COLUMNS = (480, 280), 230, 4
_WRAPPED = 170  # pixels of an entry's line
_PICTURE, _TEXT, _ENABLED, _IS_GAP = range(4)

GtkMade = Made[Gtk.Widget]


class GtkToolkit:
    """As the brain's `Toolkit` has it."""

    has_keys = True

    def button(self, item: parts.Button, told: Told) -> GtkMade:
        stays = item.press is parts.Press.TOGGLE
        button = Gtk.ToggleButton(use_underline=True) if stays else Gtk.Button(use_underline=True)
        if item.press is parts.Press.HOLD:
            button.connect("pressed", lambda _button: told.changed(True))
            button.connect("released", lambda _button: told.changed(False))
        elif stays:
            button.connect("toggled", lambda button: told.changed(button.get_active()))
        else:
            button.connect("clicked", lambda _button: told.pressed())
        if item.press is parts.Press.FILE:
            take_files(button, told.dropped)
        if item.main:
            button.get_style_context().add_class("suggested-action")

        def show_picture(picture: Pixels | None) -> None:
            image = Gtk.Image(gicon=_icon(picture), pixel_size=_STRIP_SIDE)
            button.set_image(image if picture else None)
            button.set_always_show_image(True)

        setters = {Aspect.LABEL: button.set_label, Aspect.PICTURE: show_picture}
        return Made(button, {**setters, Aspect.VALUE: button.set_active} if stays else setters)

    def switch(self, _item: parts.Switch, told: Told) -> GtkMade:
        switch = Gtk.CheckButton(use_underline=True)
        switch.connect("toggled", lambda switch: told.changed(switch.get_active()))
        return Made(switch, {Aspect.LABEL: switch.set_label, Aspect.VALUE: switch.set_active})

    def number(self, item: parts.Number, told: Told) -> GtkMade:
        if item.usual is None:
            field = Gtk.SpinButton.new_with_range(item.least, item.most, item.step)
            field.set_digits(item.digits)
        else:
            least, most, mark = item.usual
            field = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, least, most, item.step)
            field.set_value_pos(Gtk.PositionType.RIGHT)
            field.add_mark(mark, Gtk.PositionType.BOTTOM, None)
        field.connect("value-changed", lambda field: told.changed(field.get_value()))
        return Made(field, {Aspect.VALUE: field.set_value})

    def choice(self, item: parts.Choice, told: Told) -> GtkMade:
        rows = Gtk.ListStore(GdkPixbuf.Pixbuf, str, bool, bool)
        if item.listed:
            return _list(rows, told)
        box = Gtk.ComboBox.new_with_model(rows)
        fill = _entries(rows, box, _NARROW_CHARS if item.narrow else None)
        box.set_row_separator_func(lambda rows, row: rows[row][_IS_GAP])
        box.connect("changed", lambda box: told.changed(box.get_active()))
        return Made(box, {Aspect.ENTRIES: fill, Aspect.VALUE: box.set_active})

    def pictures(self, item: parts.Pictures, told: Told) -> GtkMade:
        scrolled, buttons = Gtk.ScrolledWindow(), list[Gtk.ToggleButton]()
        side = _GRID_SIDE if item.wraps else _STRIP_SIDE
        never, automatic = Gtk.PolicyType.NEVER, Gtk.PolicyType.AUTOMATIC
        if item.wraps:
            pictures = Gtk.FlowBox(selection_mode=Gtk.SelectionMode.NONE, homogeneous=True)
            pictures.set_valign(Gtk.Align.START)
            pictures.set_min_children_per_line(_GRID_COLUMNS)
            scrolled.set_policy(never, automatic)
            scrolled.set_size_request(-1, _GRID_HEIGHT)
            # Where all is in sight there is no edge to be reached, but the wheel is turned.
            for signal in ("edge-reached", "scroll-event"):
                scrolled.connect(signal, lambda scrolled, _: _tell_of_end(scrolled, told))
        else:
            pictures = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=3)
            scrolled.set_policy(automatic, never)
        scrolled.add(pictures)

        def fill(filling: Filling) -> None:
            if not filling.stays:
                buttons.clear()
                for child in pictures.get_children():
                    child.destroy()
            for place, entry in enumerate(filter(None, filling.entries), len(buttons)):
                image = Gtk.Image(gicon=_icon(entry.picture), pixel_size=side)
                button = Gtk.ToggleButton(image=image)
                button.set_tooltip_text(entry.tip)
                button.get_accessible().set_name(entry.tip)
                button.connect("toggled", lambda _, place=place: told.changed(place))
                buttons.append(button)
                pictures.add(button)
            pictures.show_all()

        def choose(chosen: int) -> None:
            for place, button in enumerate(buttons):
                button.set_active(place == chosen)

        return Made(scrolled, {Aspect.ENTRIES: fill, Aspect.VALUE: choose})

    def text(self, _item: parts.Text, _told: Told) -> GtkMade:
        label = Gtk.Label(xalign=0.0, wrap=True, max_width_chars=_TEXT_CHARS)
        return Made(label, {Aspect.LABEL: label.set_text})

    def line(self, _item: parts.Line, told: Told) -> GtkMade:
        entry = Gtk.Entry()
        entry.connect("changed", lambda entry: told.changed(entry.get_text()))
        entry.connect("activate", lambda _entry: told.entered())

        def write(text: str) -> None:
            if entry.get_text() != text:  # else the cursor would jump
                entry.set_text(text)

        return Made(entry, {Aspect.LABEL: entry.set_placeholder_text, Aspect.VALUE: write})

    def status(self, _item: parts.Status, _told: Told) -> GtkMade:
        sign = Gtk.Image.new_from_icon_name(GimpUi.ICON_DIALOG_WARNING, Gtk.IconSize.BUTTON)
        sign.set_valign(Gtk.Align.START)
        chars, high = _STATUS_CHARS, _STATUS_HEIGHT
        label = Gtk.Label(wrap=True, width_chars=chars, max_width_chars=chars, height_request=high)
        label.props.xalign = label.props.yalign = 0.0
        line = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
        line.pack_start(sign, False, False, 0)
        line.pack_start(label, True, True, 0)
        return Made(line, {Aspect.LABEL: label.set_text, Aspect.WARNS: _shows(sign)})

    def progress(self, _item: parts.Progress, _told: Told) -> GtkMade:
        bar = Gtk.ProgressBar(show_text=True)
        setters = {
            Aspect.LABEL: bar.set_text,
            Aspect.FRACTION: lambda part: bar.pulse() if part is None else bar.set_fraction(part),
            # It keeps its room in the dialog.
            Aspect.VISIBLE: lambda visible: bar.set_opacity(1.0 if visible else 0.0),
        }
        return Made(bar, setters)

    def group(self, title: str, inside: Gtk.Widget) -> GtkMade:
        frame = GimpUi.Frame.new(title)
        frame.add(inside)
        return Made(frame, {})

    def fold(self, inside: Gtk.Widget, told: Told) -> GtkMade:
        inside.props.margin_top, inside.props.margin_start = 6, 12
        fold = Gtk.Expander(use_underline=True, child=inside)
        fold.connect("notify::expanded", lambda *_: told.changed(fold.get_expanded()))
        return Made(fold, {Aspect.LABEL: fold.set_label, Aspect.VALUE: fold.set_expanded})

    def beside(self, widgets: Sequence[Gtk.Widget], row: parts.Row) -> Gtk.Widget:
        box = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=_ROW_SPACE)
        weights = row.weights or ((1,) + (0,) * len(widgets) if row.label else (1,) * len(widgets))
        box.set_homogeneous(0 not in weights)
        for widget, weight in zip(widgets, weights, strict=False):
            box.pack_start(widget, weight > 0, weight > 0, 0)
        return box

    def below(self, lines: Sequence[Laid[Gtk.Widget]], spacing: int) -> Gtk.Widget:
        captioned = any(line.caption for line in lines)
        grid = Gtk.Grid(column_spacing=_COLUMN_SPACE)
        grid.set_row_spacing(_ROW_SPACE if captioned else spacing)
        for row, line in enumerate(lines):
            line.widget.set_hexpand(True)
            if not line.caption:
                grid.attach(line.widget, 0, row, 2, 1)
                continue
            text = tr(words.WITH_COLON, label=line.caption)
            caption = Gtk.Label(label=text, use_underline=True, xalign=0.0)
            caption.set_mnemonic_widget(line.named)
            grid.attach(caption, 0, row, 1, 1)
            grid.attach(line.widget, 1, row, 1, 1)
        return grid

    def common(self, widget: Gtk.Widget) -> Setters:
        return {
            Aspect.NAME: lambda name: widget.get_accessible().set_name(name),
            Aspect.TIP: lambda tip: widget.set_tooltip_text(tip or None),
            Aspect.ENABLED: widget.set_sensitive,
            Aspect.VISIBLE: _shows(widget),
        }

    def unfold(self, widget: Gtk.Widget) -> None:
        widget.popup()

    def choose_file(self, widget: Gtk.Widget, title: str) -> str:
        return _chosen(widget, title, Gtk.FileChooserAction.OPEN)

    def choose_folder(self, widget: Gtk.Widget) -> str:
        return _chosen(widget, None, Gtk.FileChooserAction.SELECT_FOLDER)


def take_files(widget: Gtk.Widget, take: Callable[[str], None]) -> None:
    """Call `take` with the address of each file that is dropped on a widget."""
    widget.drag_dest_set(Gtk.DestDefaults.ALL, [], Gdk.DragAction.COPY)
    widget.drag_dest_add_uri_targets()

    def dropped(_widget: Gtk.Widget, *said: Any) -> None:
        for address in said[3].get_uris():
            take(address)

    widget.connect("drag-data-received", dropped)


def _list(rows: Gtk.ListStore, told: Told) -> GtkMade:
    """All entries of a choice in sight."""
    view = Gtk.TreeView(model=rows, headers_visible=False, enable_search=False)
    column, chosen = Gtk.TreeViewColumn(), view.get_selection()
    fill = _entries(rows, column)
    view.append_column(column)
    view.set_row_separator_func(lambda rows, row: rows[row][_IS_GAP])
    scrolled = Gtk.ScrolledWindow(shadow_type=Gtk.ShadowType.IN, vexpand=True)
    scrolled.set_size_request(*_LIST_SIZE)
    scrolled.add(view)

    def choose(place: int) -> None:
        if place >= 0:
            chosen.select_path(place)
            view.scroll_to_cell(place)

    def changed(chosen: Gtk.TreeSelection) -> None:
        _rows, row = chosen.get_selected()
        if row is not None:
            told.changed(rows.get_path(row).get_indices()[0])

    chosen.connect("changed", changed)
    name = view.get_accessible().set_name
    return Made(scrolled, {Aspect.NAME: name, Aspect.ENTRIES: fill, Aspect.VALUE: choose})


def _entries(
    rows: Gtk.ListStore, layout: Gtk.CellLayout, chars: int | None = None
) -> Callable[[Filling], None]:
    """Lets `layout` show entries in `rows`, of so many `chars`; what is returned fills them."""
    picture = Gtk.CellRendererPixbuf(stock_size=_ENTRY_SIZE)
    text = Gtk.CellRendererText(wrap_mode=Pango.WrapMode.WORD)
    if chars is not None:
        text.props.width_chars = text.props.max_width_chars = chars
    layout.pack_start(picture, False)
    layout.pack_start(text, True)
    for cell, name, column in ((picture, "gicon", _PICTURE), (text, "markup", _TEXT)):
        layout.add_attribute(cell, name, column)
        layout.add_attribute(cell, "sensitive", _ENABLED)

    def fill(filling: Filling) -> None:
        picture.props.visible, ends = filling.pictured, Pango.EllipsizeMode
        text.props.xpad, text.props.wrap_width = (8, -1) if filling.pictured else (0, _WRAPPED)
        text.props.ellipsize = ends.END if filling.pictured or chars else ends.NONE
        rows.clear()
        for entry in filling.entries:
            if entry is None:
                rows.append([None, "", False, True])
            else:
                small = _icon(entry.picture) if filling.pictured else None
                rows.append([small, _two_lines(entry), entry.enabled, False])

    return fill


def _icon(picture: Pixels | None) -> GdkPixbuf.Pixbuf:
    """A square picture, which GTK then scales to the screen's own pixels; none keeps its place."""
    return pixbuf_of(picture or Pixels(1, 1, 4, bytes(4)))


def _two_lines(entry: parts.Entry) -> str:
    """What an entry says, in Pango's markup."""
    label, about = (
        GLib.markup_escape_text(" ".join(t.split())) for t in (entry.label, entry.about)
    )
    return f"{label}\n<small>{about}</small>" if about else label


def _shows(widget: Gtk.Widget) -> Callable[[bool], None]:
    """Lets a widget be seen or not, also when all of a dialog is shown."""

    def show(visible: bool) -> None:
        widget.set_no_show_all(not visible)
        (widget.show_all if visible else widget.hide)()

    return show


def _tell_of_end(scrolled: Gtk.ScrolledWindow, told: Told) -> None:
    room = scrolled.get_vadjustment()
    if room.get_value() + room.get_page_size() >= room.get_upper():
        told.opened()


def _chosen(widget: Gtk.Widget, title: str | None, kind: Gtk.FileChooserAction) -> str:
    chooser = Gtk.FileChooserNative.new(title, widget.get_toplevel(), kind, None, None)
    chosen = chooser.run() == Gtk.ResponseType.ACCEPT
    return chooser.get_filename() if chosen else ""
