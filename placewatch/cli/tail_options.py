"""The options of `tail`: what is printed, from where on, and when it ends."""

from __future__ import annotations

from typing import Annotated

import typer

from placewatch.vocabulary import Certainty, Control, MsgType


FollowOption = Annotated[
    bool, typer.Option("--follow/--no-follow", help="Stay and print alerts as they come.")
]
FromOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        "--since",
        metavar="WHERE",
        help="All from there on: beginning, end, an offset, 2024-12-06, 2024-12-06T10:00 (UTC), 2h or 7d.",
    ),
]
LastOption = Annotated[
    int | None,
    typer.Option("--last", "-n", min=0, help="How many past ones first; 10 without --from."),
]
PlaceOption = Annotated[
    list[str] | None,
    typer.Option("--place", help='Only this place: "Homs, Syria", "homs" or its id.'),
]
CountryOption = Annotated[
    list[str] | None, typer.Option("--country", help="Only places of this country.")
]
ControlOption = Annotated[
    list[Control] | None, typer.Option("--control", help="Only what makes a place so.")
]
HolderOption = Annotated[
    list[str] | None,
    typer.Option("--holder", help='Only places in these hands: "HTS", "Syrian government".'),
]
CertaintyOption = Annotated[
    list[Certainty] | None, typer.Option("--certainty", help="Only what is so sure.")
]
MsgTypeOption = Annotated[
    list[MsgType] | None, typer.Option("--msg-type", help="Only this kind of message.")
]
GradeOption = Annotated[
    list[str] | None,
    typer.Option("--grade", help="Only this Admiralty grade: B2, B (source) or 2 (content)."),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="PLACE=STATUS",
        help='Exit when this holds, at once when it does already: "Homs, Syria=held by Syrian rebels confirmed".',
    ),
]
TimeoutOption = Annotated[
    str | None, typer.Option("--timeout", help="Give up after 90s, 10m or 2h: exit code 124.")
]
BellOption = Annotated[
    bool, typer.Option("--bell", help="Notify of each new alert: notify-send, else the bell.")
]
