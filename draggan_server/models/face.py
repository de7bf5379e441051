"""Where eyes and mouths lie in a model's pictures: a small file beside the model's own, which so
stays as it is, and its digest, too.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

from draggan_server.wire.errors import BadInput, ProtocolError
from draggan_server.wire.face import Face
from draggan_server.wire.json_record import from_document, parse, to_document
from draggan_server.wire.whole_file import written_whole

logger = logging.getLogger(__name__)

ENDING = ".face.json"
MAX_FILE_BYTES = 1 << 14
_SPREAD = 0.025


def face_file(model: Path) -> Path:
    """The file beside that of a model. It need not exist."""
    return model.with_suffix(ENDING)


def read_face(model: Path) -> Face | None:
    """What is known of the model in a file; None where nothing is, or it is damaged."""
    path = face_file(model)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ProtocolError("It is too large a file.")
        return from_document(Face, parse(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ProtocolError, BadInput, UnicodeDecodeError) as error:
        logger.warning("%s is left out: %s", path, error)
        return None


def write_face(face: Face, model: Path) -> None:
    """Write what `read_face` reads. Raises `OSError`."""
    with written_whole(face_file(model)) as unfinished:
        unfinished.write_text(json.dumps(to_document(face)) + "\n", encoding="utf-8")


def aligned_face(side: int) -> Face:
    """Of models whose training pictures were cut out by eyes and mouth as those of FFHQ (Karras et
    al. 2019): half of the side is twice the distance of the eyes, or 1.8 times that from their
    middle to the mouth, the larger of both, and its middle lies a tenth of the latter below the
    eyes. Here both are as large.
    """
    down = 1 / 3.6
    level = 0.5 - down / 10
    left, right, mouth = ((0.375, level), (0.625, level), (0.5, level + down))
    places = [(x * side - 0.5, y * side - 0.5) for x, y in (left, right, mouth)]
    weight = (_SPREAD * side) ** -2
    precision = tuple(weight * (row == column) for row in range(6) for column in range(6))
    return Face((places[0], places[1]), places[2], precision)
