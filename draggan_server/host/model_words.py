"""What is said of models, and of what is done with them."""

from __future__ import annotations

from draggan_server.host.amounts import TimeLeft, size_words
from draggan_server.host.pictogram import drawings
from draggan_server.host.sentences import said, words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import AvailableModel, InstalledModel, ModelInfo, ModelProgress

AnyModel = InstalledModel | AvailableModel

_ANY = "any_picture"
"""The drawing of subjects that say it themselves."""

_LEARNING = {
    "learning-drags": said.LEARNING_DRAGS,
    "learning-photos": said.LEARNING_PHOTOS,
}


def shows(model: AnyModel | ModelInfo) -> str:
    """What a model's pictures show, where that is known, and how large they are."""
    if not model.subject:
        return tr(words.PIXELS, width=model.width, height=model.height)
    subject = tr(model.subject)  # those of the models that can be had are translated
    return tr(words.MODEL_SHOWS, subject=subject, width=model.width, height=model.height)


def licence_of(model: AnyModel | ModelInfo) -> str:
    """What a model comes under."""
    return model.licence if model.licence != words.UNKNOWN_LICENCE else tr(words.UNKNOWN_LICENCE)


def changes(model: ModelInfo) -> str:
    """What a model is for that changes any picture and draws none."""
    if drawings().get(model.subject) == _ANY:
        return shows(model)
    return tr(words.ANY_PICTURE, width=model.width, height=model.height)


def about(model: AnyModel) -> str:
    """What a model shows, how large it is, and what it comes under."""
    size, licence = size_words(model.size), licence_of(model)
    if model.licence == words.UNKNOWN_LICENCE:  # which by itself does not say what is unknown
        licence = tr(words.LICENCE, licence=licence)
    return tr(words.ON_SHELF, shows=shows(model), size=size, licence=licence)


def details(model: AnyModel) -> str:
    """Where a model lies, or what its licence says and how much of it has arrived."""
    if isinstance(model, InstalledModel):
        return tr(said.LIES_IN, path=model.path)
    lines = [tr(model.terms), tr(said.LICENCE_TEXT, address=model.licence_url)]
    if model.arrived:
        arrived, total = size_words(model.arrived), size_words(model.size)
        lines.append(tr(said.ARRIVED_SO_FAR, arrived=arrived, total=total))
    return "\n".join(lines)


def progress_words(event: ModelProgress, left: TimeLeft) -> str:
    """How far a model is, and how long it will take yet; `left` is asked of all such events."""
    share = event.share
    if event.stage == "installing" or share is None:
        return tr(said.INSTALLING)
    if event.stage == "downloading":
        arrived, total = size_words(event.arrived), size_words(event.arrived / (share or 1))
        label = tr(said.DOWNLOADING, arrived=arrived, total=total)
    else:
        label = tr(_LEARNING[event.stage], percent=round(100 * share))
    time_left = left.words(event.stage, share)
    return tr(said.WITH_TIME_LEFT, label=label, left=time_left) if time_left else label
