"""The process that downloads, adds or prepares a model, and is gone then.

    python -m draggan_server.worker.errand LOG_FILE

The broker starts it beside its workers, so that drags go on meanwhile. Its standard input has the
errand in one line, its standard output gets what comes of it, see `errand_lines`. When the input
ends, so does the errand: what has arrived, or was learned, stays.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from draggan_server import torch_settings
from draggan_server.log_file import log_to_file
from draggan_server.models import installation, zoo
from draggan_server.models.errors import ModelError
from draggan_server.models.installation import Installed
from draggan_server.models.name import check_name
from draggan_server.models.public_models import find_public
from draggan_server.wire.errors import BadInput, DragganError, InternalError
from draggan_server.wire.messages import (
    AddModel,
    Errand,
    Failure,
    ModelProgress,
    ModelReady,
    ModelStage,
    ModelStopped,
    PullModel,
)
from draggan_server.worker.errand_lines import ErrandEvent, from_line, to_line
from stylegan2.errors import CheckpointError

logger = logging.getLogger(__name__)

_TOLD_SECONDS = 0.2
_LEAVE_SECONDS = 10.0
_NICENESS = 5

Tell = Callable[[ModelProgress], None]


def carry_out(errand: Errand, tell: Tell) -> ModelReady:
    """Do it; `tell` gets how far it is. Raises `BadInput`, `ModelError`, `CheckpointError`."""
    if isinstance(errand, PullModel):
        return _pull(errand, tell)
    if isinstance(errand, AddModel):
        return _add(errand, tell)
    torch_settings.settle()
    from draggan_server.editing import preparing  # torch takes seconds to import

    stages: dict[preparing.Part, ModelStage] = {
        "drags": "learning-drags",
        "photos": "learning-photos",
    }
    for learned in preparing.prepare(errand.name):
        tell(ModelProgress(stages[learned.part], learned.share))
    return ModelReady(errand.name)


def _pull(errand: PullModel, tell: Tell) -> ModelReady:
    public = find_public(errand.name)
    if public is None:
        raise BadInput("Nobody publishes a model “{name}” that DragGAN knows.", name=errand.name)
    if errand.licence != public.licence.name:
        raise BadInput(
            "The model “{name}” comes under the licence {licence}, which has to be accepted first.",
            name=errand.name,
            licence=public.licence.name,
        )
    if errand.name in {model.name for model in (*zoo.list_models(), *zoo.list_diffusion())}:
        return ModelReady(errand.name)
    return _ready(installation.pull(public, _downloading(tell)))


def _add(errand: AddModel, tell: Tell) -> ModelReady:
    name = check_name(errand.name or installation.name_of(errand.source))
    if installation.is_address(errand.source):
        return _ready(installation.add_from_address(errand.source, name, _downloading(tell)))
    tell(ModelProgress("installing", None))
    return _ready(installation.add_file(installation.path_of(errand.source), name))


def _downloading(tell: Tell) -> Callable[[int, int | None], None]:
    def on_progress(arrived: int, total: int | None) -> None:
        share = arrived / total if total else None
        tell(ModelProgress("installing" if arrived == total else "downloading", share, arrived))

    return on_progress


def _ready(installed: Installed) -> ModelReady:
    return ModelReady(installed.model.name, installed.first_use)


def _outcome(errand: Errand, tell: Tell, log_file: Path) -> ErrandEvent:
    try:
        return carry_out(errand, tell)
    except KeyboardInterrupt:
        return ModelStopped()
    except (ModelError, CheckpointError) as error:
        return Failure.of(BadInput(error.sentence, **error.values))
    except DragganError as error:
        return Failure.of(error)
    except Exception as error:
        logger.exception("%s failed", type(errand).__name__)
        return Failure.of(
            InternalError(
                "Something went wrong inside DragGAN ({error}). The details are in {log}.",
                error=f"{type(error).__name__}: {error}",
                log=log_file,
            )
        )


def main(log_file: Path) -> None:
    log_to_file(log_file)
    errand = from_line(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_the_input, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICENESS)  # drags go first
    told = 0.0

    def tell(progress: ModelProgress) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _TOLD_SECONDS or progress.share in (None, 1.0):
            told = now
            _say(progress)

    outcome = _outcome(errand, tell, log_file)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _say(outcome)


def _say(event: ErrandEvent) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        sys.stdout.buffer.write(to_line(event))
        sys.stdout.buffer.flush()


def _end_with_the_input() -> None:
    # Not by `sys.stdin`: a thread that holds its lock makes the interpreter's own end fail.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    # As Ctrl+C does: whatever is half made is tidied up.
    main_thread = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main_thread is not None:
        signal.pthread_kill(main_thread, signal.SIGINT)  # out of a call that waits, too
    else:
        signal.raise_signal(signal.SIGINT)
    time.sleep(_LEAVE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
