"""The process behind `blacklight up`: `python -m blacklight_local.supervisor DATA_FOLDER OPTIONS_AS_JSON`.

It holds the stack until SIGTERM. What happens is in the data folder's state file; this process's own log
gets only what should not happen.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path

from blacklight_local.data_folder import DataFolder
from blacklight_local.running import running_stack, wait_for_ever
from blacklight_local.servers import ServerFailed
from blacklight_local.stack import Options


def main(arguments: list[str]) -> int:
    """Run until a signal comes; 1 when the stack did not start."""
    data, options = DataFolder(Path(arguments[0])), Options(**json.loads(arguments[1]))
    with suppress(KeyboardInterrupt):
        try:
            with running_stack(data, options):
                wait_for_ever()
        except ServerFailed as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
