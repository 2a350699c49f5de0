"""Keeps a process small that takes large messages and lets go of them."""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
LARGE_BYTES = 128 * 1024
ARENAS = 2


def return_large_blocks() -> bool:
    """From now on blocks of `LARGE_BYTES` go back to the system once they are freed; False where malloc can't do it.

    glibc raises its limit whenever such a block is freed, up to 32 MB, and then keeps the blocks in an arena a
    thread, among small ones that live on: a process that has handled 20 MB at once stays at ten times as much.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # not glibc
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES) and mallopt(_M_ARENA_MAX, ARENAS))
