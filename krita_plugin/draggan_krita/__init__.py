"""DragGAN inside Krita 5.2: registers the docker and the actions with Krita.

Outside of Krita (in tests of its pure modules) importing it does nothing.
"""

from __future__ import annotations

import logging
from pathlib import Path

try:
    from krita import DockWidgetFactory, DockWidgetFactoryBase, Krita
except ImportError:
    Krita = None

_DOCKER_ID = "draggan"
_VENDOR = Path(__file__).resolve().with_name("vendor")


def _docker_class() -> type:
    """The docker, or in its place a sentence that says why it cannot be had."""
    from .vendored import VendorError, load

    try:
        load(_VENDOR)
        from draggan_server.host.translation import use_language

        from .docker import DragganDocker
        from .extension import DragganExtension
        from .qt import QLocale
    except (VendorError, ImportError) as error:
        logging.getLogger(__name__).exception("the plug-in cannot be loaded")
        from .notice import notice

        return notice(str(error))
    # Krita gives Qt the language that was chosen in it; Qt knows the system's by itself.
    use_language(*(name.replace("-", "_") for name in QLocale().uiLanguages()))
    app = Krita.instance()
    app.addExtension(DragganExtension(app))
    return DragganDocker


if Krita is not None:
    from .log import start_logging

    start_logging()
    Krita.instance().addDockWidgetFactory(
        DockWidgetFactory(_DOCKER_ID, DockWidgetFactoryBase.DockRight, _docker_class())
    )
