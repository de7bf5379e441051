"""What is said of a model in the list of models."""

from __future__ import annotations

from draggan_server.host.sentences import words
from draggan_server.host.translation import tr
from draggan_server.wire.messages import ModelInfo


def about_model(model: ModelInfo) -> str:
    """What an installed model shows, and how large."""
    return tr(words.MODEL_SHOWS, subject=model.subject, width=model.width, height=model.height)


def how_to_get(model: ModelInfo) -> str:
    """How to install a model that is available."""
    return tr(words.GET_MODEL_BY, command=f"draggan models pull {model.name}")
