"""How the C library keeps memory: what large texts leave behind shall not stay with the process."""

from __future__ import annotations

import contextlib
import ctypes


# glibc's numbers (malloc.h) for mallopt.
_MMAP_THRESHOLD = -3
_ARENA_MAX = -8
_MMAP_BYTES = 128 * 1024
_ARENAS = 2


def give_memory_back() -> None:
    """Have freed texts of some size given back to the system at once, and threads share what is kept.

    Left to itself glibc keeps larger and larger pieces once one was freed, and for each thread apart: measured, that
    is a tenth of the producer's peak. Other C libraries are left as they are.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _MMAP_BYTES)
        mallopt(_ARENA_MAX, _ARENAS)
