"""`python -m placewatch.local.worker`: Faust's worker on the embedded broker, with the shim it needs there."""

from __future__ import annotations

from placewatch.local import shim
from streams.run import run_worker


if __name__ == "__main__":
    shim.apply()
    run_worker()
