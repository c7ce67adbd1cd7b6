"""Which broker the services that run on this machine use: `run.json` in their state folder says it."""

from __future__ import annotations

import json
from pathlib import Path

from placewatch.settings import Settings


RUN_FILE = "run.json"


def with_running_broker(settings: Settings, state_dir: Path | None = None) -> Settings | None:
    """Return the settings with a broker: the one that is set, else that of the services of a state folder.

    None when no broker is set and no services run there. The broker noted may be just restarting.
    """
    if settings.bootstrap_servers:
        return settings
    noted = _noted((state_dir or settings.state_dir) / RUN_FILE)
    return None if noted is None else settings.model_copy(update=noted)


def _noted(path: Path) -> dict[str, str | bool] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {
            "bootstrap_servers": str(content["bootstrap_servers"]),
            "is_broker_embedded": bool(content["is_broker_embedded"]),
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None  # nothing runs there, or it is just starting
