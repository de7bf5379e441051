"""What can go wrong with a model.

StyleGAN2Error
├── ModelNotFoundError   no installed model of that name, and no file at that path
├── CheckpointError      the file is there but is not a generator this package can run
├── DownloadError        a file cannot be had from where it lies
└── InstallError         a model cannot be put into the models folder, or taken out of it
"""

from __future__ import annotations


class StyleGAN2Error(Exception):
    """Base of the errors of this package. The message says what was wrong and what to do."""


class ModelNotFoundError(StyleGAN2Error):
    pass


class CheckpointError(StyleGAN2Error):
    pass


class DownloadError(StyleGAN2Error):
    pass


class InstallError(StyleGAN2Error):
    pass
