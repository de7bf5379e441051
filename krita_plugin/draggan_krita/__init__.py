"""DragGAN inside Krita 5.2: registers the docker and the actions with Krita.

Outside of Krita (in tests of its pure modules) importing it does nothing.
"""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

try:
    from krita import DockWidgetFactory, DockWidgetFactoryBase, Krita
except ImportError:
    Krita = None

_DOCKER_ID = "draggan"
_VENDOR = Path(__file__).resolve().with_name("vendor")


def _start_log(folder: Path) -> None:
    """One rotating file for the plug-in and the wire in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / "draggan.log", maxBytes=500_000, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        return  # a folder that cannot be written must not keep Krita from having the plug-in
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in (__name__, "draggan_server"):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)


def _docker_class() -> type:
    """The docker, or in its place a sentence that says why it cannot be had."""
    from .vendored import VendorError, load

    try:
        load(_VENDOR)
        from .docker import DragganDocker
        from .extension import DragganExtension
    except (VendorError, ImportError) as error:
        logging.getLogger(__name__).exception("the plug-in cannot be loaded")
        from .notice import notice

        return notice(str(error))
    app = Krita.instance()
    app.addExtension(DragganExtension(app))
    return DragganDocker


if Krita is not None:
    _start_log(Path(Krita.instance().getAppDataLocation()))
    Krita.instance().addDockWidgetFactory(
        DockWidgetFactory(_DOCKER_ID, DockWidgetFactoryBase.DockRight, _docker_class())
    )
