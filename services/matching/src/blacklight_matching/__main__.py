"""`python -m blacklight_matching bootstrap | migrate | serve | work`."""

from __future__ import annotations

import os

from blacklight_servicekit.main import main

if __name__ == "__main__":
    # Most products here are small, and the machine has other work: threads of BLAS would wait for each other for longer
    # than they count. It looks when numpy is first imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from blacklight_matching.app import APP

    main(APP)
