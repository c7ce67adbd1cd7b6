"""`placewatch receivers`: is somebody told? Sends one receiver a message that says it is a test."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from placewatch.errors import ConfigError, NotFoundError
from placewatch.log import configure_logging
from placewatch.record_base import digest
from placewatch.records import Alert
from placewatch.settings import load_settings
from placewatch.vocabulary import CapCertainty, Certainty, Control, MsgType


# Kinds that keep what they are told where others read it: a test has no business there.
FILE_KINDS = frozenset({"atom", "cap", "geojson", "log"})

receivers_app = typer.Typer(
    name="receivers",
    no_args_is_help=True,
    help="Those who are told, as routes.yaml names them.",
)


def register(app: typer.Typer) -> None:
    """Add the group `receivers` to `app`."""
    app.add_typer(receivers_app)


@receivers_app.command("try")
def try_receiver(
    name: Annotated[str, typer.Argument(help="The receiver's name in routes.yaml.")],
) -> None:
    """Send a receiver one message that says it is a test, at once, whatever routes and quiet hours say.

    A receiver that writes files is not sent one: whoever reads them would take it for an alert.

    Example: placewatch receivers try desk
    """
    from sinks.ledger import Ledger
    from sinks.notification import notification_of
    from sinks.receivers import writer_for
    from sinks.routes import load_routes

    settings = load_settings()
    configure_logging(settings.log_format, "ERROR")
    receivers = {receiver.name: receiver for receiver in load_routes(settings.routes).receivers}
    receiver = receivers.get(name)
    if receiver is None:
        known = ", ".join(sorted(receivers)) or "none: set PLACEWATCH_ROUTES"
        raise NotFoundError(f"there is no receiver {name!r}; there are {known}")
    if receiver.kind in FILE_KINDS:
        raise ConfigError(
            f"receiver {name} writes files ({receiver.kind}): look at them after the next alert; "
            "`placewatch routes check` says whether it can be used"
        )
    with Ledger("sqlite://") as nothing, closing(writer_for(receiver, settings, nothing)) as writer:
        writer.write(notification_of(name, "", [a_test(datetime.now(UTC))]))
    Console(highlight=False, soft_wrap=True).print(
        f"{name} ({receiver.kind}) took the message; look whether it arrived"
    )


def a_test(now: datetime) -> Alert:
    """Return an alert of nothing, at no place; each has an id of its own, so that none is taken for a repeat."""
    return Alert(
        alert_id=f"test-{digest(now.isoformat())}",
        msg_type=MsgType.ALERT,
        place_id="placewatch-test",
        place="placewatch",
        at=now,
        control=Control.UNKNOWN,
        certainty=Certainty.CLAIMED,
        reason="test",
        headline="placewatch: this is a test, nothing happened.",
        cap_certainty=CapCertainty.UNKNOWN,
    )
