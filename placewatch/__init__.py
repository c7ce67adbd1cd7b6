"""placewatch: what the news says of the places you track, and an alert when that changes."""

from importlib.metadata import PackageNotFoundError, version


try:
    __version__ = version("placewatch")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0.0.0"
