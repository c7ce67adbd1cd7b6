"""How many threads the numeric libraries of a process may start."""

from __future__ import annotations

import os


_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


def one_blas_thread() -> None:
    """Keep numpy to one thread in this process, unless the environment says otherwise.

    Reading is spread over processes, and its matrices are too small for threads: two cost more than they save.
    Call it before numpy is imported, which reads the limits once.
    """
    for name in _LIMITS:
        os.environ.setdefault(name, "1")
