"""What a script may ask a plug-in for: the settings of the forms as arguments with defaults."""

from __future__ import annotations

from dataclasses import dataclass

from draggan_server.host.forms import windows
from draggan_server.host.forms.models import MODEL
from draggan_server.host.forms.options import MAX_STEPS, METHOD, QUALITY, RESULT
from draggan_server.host.forms.parts import Item
from draggan_server.host.forms.sample import MAX_SEED, SEED, TRUNCATION
from draggan_server.host.forms.windows import Window
from draggan_server.host.result_place import RESULT_PLACES
from draggan_server.host.sentences import tips, words
from draggan_server.host.translation import tr
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.messages import DEFAULT_PSI

_DEFAULTS = drag_config()


@dataclass(frozen=True)
class Argument:
    """What is given for an item: a text, a whole number or a float, as the `default` is. The `tip`
    may name the highest seed as {most}. What a value may be is checked when it is used."""

    item: Item
    tip: str
    default: str | int | float

    @property
    def name(self) -> str:
        return self.item.key.replace("_", "-")

    @property
    def explained(self) -> str:
        """What it means, in the user's language."""
        return tr(self.tip, most=MAX_SEED)


@dataclass(frozen=True)
class Command:
    """What is done by `name`, with its place in a menu, and how it is explained.

    It shows a `window`, or makes a layer, or `tells` something as JSON; what a script alone has a
    use for is in no `menu`. `needs_layer`: it is done with a layer of an image.
    """

    name: str
    menu: str
    blurb: str
    help: str
    arguments: tuple[Argument, ...] = ()
    window: Window | None = None
    makes_layer: bool = False
    tells: str = ""
    needs_layer: bool = True


_FACE = Argument(Item("face", words.MARK), tips.FACE_ARGUMENT, "")

SAMPLE = Command(
    "sample",
    words.MENU_NEW_PICTURE,
    tips.SAMPLE_BLURB,
    tips.SAMPLE_HELP,
    (
        Argument(SEED, tips.SEED_ARGUMENT, 0),
        Argument(TRUNCATION, tips.TRUNCATION_ARGUMENT, DEFAULT_PSI),
        Argument(MODEL, tips.SAMPLE_MODEL_ARGUMENT, ""),
        Argument(Item("mixture", words.MIXTURE), tips.MIXTURE_ARGUMENT, ""),
    ),
    makes_layer=True,
    needs_layer=False,
)
DRAG = Command(
    "drag",
    words.MENU_DRAG,
    tips.DRAG_BLURB,
    tips.DRAG_HELP,
    (
        Argument(Item("points", words.POINTS), tips.POINTS_ARGUMENT, "[]"),
        Argument(MODEL, tips.DRAG_MODEL_ARGUMENT, ""),
        Argument(METHOD, tips.METHOD_ARGUMENT, _DEFAULTS.method),
        Argument(MAX_STEPS, tips.MAX_STEPS, _DEFAULTS.max_steps),
        Argument(RESULT, tips.RESULT_ARGUMENT, RESULT_PLACES[0]),
        _FACE,
    ),
    makes_layer=True,
)
INVERT = Command(
    "invert",
    "",
    tips.INVERT_BLURB,
    tips.INVERT_HELP,
    (
        Argument(MODEL, tips.INVERT_MODEL_ARGUMENT, ""),
        Argument(QUALITY, tips.QUALITY_ARGUMENT, "normal"),
        _FACE,
    ),
    tells=tips.ACCOUNT,
)
HISTORY = Command(
    "history",
    "",
    tips.HISTORY_BLURB,
    tips.HISTORY_HELP,
    (Argument(Item("position", words.POSITION), tips.POSITION_ARGUMENT, 0),),
    makes_layer=True,
)
INFO = Command("info", "", tips.INFO_BLURB, tips.INFO_HELP, tells=tips.ACCOUNT)
MODELS = Command(
    "models",
    words.MENU_MODELS,
    tips.MODELS_BLURB,
    tips.MODELS_HELP,
    window=windows.MODELS,
    needs_layer=False,
)
STATE = Command(
    "state",
    words.MENU_STATE,
    tips.STATE_BLURB,
    tips.STATE_HELP,
    window=windows.STATE_OF_THINGS,
    needs_layer=False,
)
COMMANDS = (SAMPLE, DRAG, INVERT, HISTORY, INFO, MODELS, STATE)
