"""An errand's process that downloads the first published model from a server of the test.

`TESTED_MODEL_URL` is its address.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from draggan_server.models import download, public_models
from draggan_server.worker import errand

if __name__ == "__main__":
    first, *others = public_models.PUBLIC_MODELS
    served = replace(first, url=os.environ.get("TESTED_MODEL_URL", first.url))
    public_models.PUBLIC_MODELS = (served, *others)
    download.RETRY_SECONDS = 0.0
    errand.main(Path(sys.argv[1]))
