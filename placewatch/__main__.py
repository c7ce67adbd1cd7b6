"""`python -m placewatch`: the `placewatch` command, for who has no script directory on the path."""

from __future__ import annotations

from placewatch.cli.app import main


if __name__ == "__main__":
    main()
