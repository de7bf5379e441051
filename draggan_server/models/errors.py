"""What can go wrong with models, beside the `stylegan2.CheckpointError` of a file that is none.

ModelError
├── ModelNotFoundError   no installed model of that name, and no file at that path
├── DownloadError        a file cannot be had from where it lies
└── InstallError         a model cannot be put into the models folder, or taken out of it
"""

from __future__ import annotations


class ModelError(Exception):
    """Base of the errors of this room. The sentence says what was wrong and what to do; with values
    in the places of its {names} it can be translated, as one of `stylegan2.CheckpointError`.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.format(**values) if values else sentence)
        self.sentence = sentence
        self.values = values


class ModelNotFoundError(ModelError):
    pass


class DownloadError(ModelError):
    pass


class InstallError(ModelError):
    pass
