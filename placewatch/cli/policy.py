"""`placewatch policy`: is a policy of one's own right, what does it change, and which numbers are in force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from placewatch.settings import load_settings


if TYPE_CHECKING:
    from streams.tracking.policy import PolicyFile
    from streams.tracking.policy_check import Difference, Oddity

FileArgument = Annotated[
    Path | None,
    typer.Argument(help="A policy; default: the setting `policy`, else the shipped one."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON, for pipes, instead of text.")]

policy_app = typer.Typer(
    name="policy",
    no_args_is_help=True,
    help="The numbers by which a status is decided: which are in force, and what yours change.",
)


def register(app: typer.Typer) -> None:
    """Add this group's commands to `app`."""
    app.add_typer(policy_app)


@policy_app.command("check")
def check(
    file: FileArgument = None,
    is_strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 when something deserves a second look.")
    ] = False,
    is_json: JsonOption = False,
) -> None:
    """Tell whether a policy can be used, what differs from the shipped one and what that will mean.

    Exits with 0 when it can be used, with 78 when it cannot: the message names each entry, what is wrong and what
    is allowed.

    Example: placewatch policy check my-policy.yaml
    """
    from streams.tracking.policy import read_policy
    from streams.tracking.policy_check import differences, oddities

    yours, shipped = read_policy(file or load_settings().policy), read_policy()
    changed, odd = differences(yours, shipped), oddities(yours, shipped)
    if is_json:
        print(json.dumps(_as_json(yours, changed, odd), ensure_ascii=False))
    else:
        _print_check(yours, changed, odd)
    if odd and is_strict:
        raise typer.Exit(1)


@policy_app.command("show")
def show(file: FileArgument = None, is_json: JsonOption = False) -> None:
    """Print the numbers in force, each with its reason and where it comes from.

    Example: placewatch policy show --json | jq '.numbers.min_dwell_days'
    """
    from streams.tracking.policy import allowed, read_policy
    from streams.tracking.policy_check import differences

    yours, shipped = read_policy(file or load_settings().policy), read_policy()
    changed = {each.name for each in differences(yours, shipped)}
    numbers = yours.policy.model_dump(mode="json")
    if is_json:
        listed = {
            name: {
                "value": numbers[name],
                "allowed": allowed(name),
                "is_shipped": name not in changed,
            }
            | entry.model_dump(exclude={"value"})
            for name, entry in yours.entries.items()
        }
        found = {"policy": yours.where, "version": yours.policy.version, "numbers": listed}
        print(json.dumps(found, ensure_ascii=False))
        return
    table = Table(
        title=f"{escape(yours.where)}, version {yours.policy.version}", title_justify="left"
    )
    table.add_column("number", no_wrap=True)
    for heading in ("value", "allowed", "reason (source)"):
        table.add_column(heading, overflow="fold")
    for name, entry in yours.entries.items():
        table.add_row(
            name,
            _words(numbers[name]),
            allowed(name),
            f"{escape(entry.reason)} [dim]({escape(entry.source)})[/]",
            style="bold yellow" if name in changed else "",
        )
    Console().print(table)


def _as_json(
    yours: PolicyFile, changed: tuple[Difference, ...], odd: tuple[Oddity, ...]
) -> dict[str, object]:
    return {
        "policy": yours.where,
        "version": yours.policy.version,
        "differences": [
            {"name": d.name, "shipped": d.shipped, "yours": d.yours, "meaning": d.meaning}
            | {"reason": d.reason, "source": d.source}
            for d in changed
        ],
        "odd": [{"reason": o.reason, "names": o.names, "message": o.message} for o in odd],
    }


def _print_check(
    yours: PolicyFile, changed: tuple[Difference, ...], odd: tuple[Oddity, ...]
) -> None:
    console = Console(soft_wrap=True, highlight=False)
    count = "nothing differs" if not changed else f"{len(changed)} differ"
    console.print(
        f"[green]{escape(yours.where)} can be used[/] (version {yours.policy.version}); "
        f"{count} from the shipped policy"
    )
    for each in changed:
        console.print(
            f"[bold]{each.name}[/]  {_words(each.shipped)} -> [bold]{_words(each.yours)}[/]"
        )
        console.print(f"    means   {escape(each.meaning)}")
        console.print(f"    reason  {escape(each.reason)} [dim]({escape(each.source)})[/]")
    for oddity in odd:
        console.print(
            f"[yellow]odd[/]  {', '.join(oddity.names)}: {escape(oddity.message)} [dim]({oddity.reason})[/]"
        )


def _words(value: object) -> str:
    """Return a number or the words of a list for a terminal."""
    if isinstance(value, list):
        return escape(", ".join(map(str, value)) or "none")
    return f"{value:g}" if isinstance(value, float) else str(value)
