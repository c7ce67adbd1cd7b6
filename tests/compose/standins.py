"""Images for docker-compose.yml: the official ones where they can be had, else stand-ins made from packages.

A stand-in never takes an official image's name: docker-compose.yml takes other images from variables.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from engine import CannotRunError, install, run


REPO = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent / "standins"
BASE = "placewatch-standin:bookworm"
PYTHON = "placewatch-standin:python"
STANDINS = {
    "PYTHON_IMAGE": ("python:3.12-slim-bookworm", PYTHON),
    "KAFKA_IMAGE": ("apache/kafka:4.1.1", "placewatch-standin:kafka"),
    "POSTGRES_IMAGE": ("postgres:17", "placewatch-standin:postgres"),
}
# What CPython needs, and pip.
PACKAGES = (
    "ca-certificates,netbase,tzdata,libssl3,libsqlite3-0,libffi8,zlib1g,libbz2-1.0,liblzma5,libreadline8,"
    "libncursesw6,libuuid1,libexpat1"
)
PULL_TIMEOUT_S = 180
MIRROR = "http://deb.debian.org/debian"


def provide(folder: Path) -> dict[str, str]:
    """Have all images; return the variables for those that docker-compose.yml does not name itself.

    Raises:
        CannotRunError: an official image cannot be pulled and no stand-in be made here.
    """
    missing = {
        variable: standin
        for variable, (official, standin) in STANDINS.items()
        if not (_is_there(official) or _pull(official))
    }
    wanted = {variable for variable, standin in missing.items() if not _is_there(standin)}
    if wanted:
        _make(wanted, folder)
    return missing


def _is_there(image: str) -> bool:
    inspect = ["docker", "image", "inspect", image]
    return subprocess.run(inspect, capture_output=True, check=False).returncode == 0


def _pull(image: str) -> bool:
    if os.environ.get("PLACEWATCH_COMPOSE_PULL") == "never":
        return False
    try:
        pull = ["docker", "pull", "-q", image]
        done = subprocess.run(pull, capture_output=True, timeout=PULL_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _make(wanted: set[str], folder: Path) -> None:
    """Make the stand-ins that are wanted, those that can at the same time."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CannotRunError(
            "the images of docker-compose.yml cannot be pulled, and stand-ins can only be made as root on Debian: "
            "let Docker reach its registry, or name images you have in KAFKA_IMAGE, POSTGRES_IMAGE, PYTHON_IMAGE"
        )
    install("mmdebstrap", "mmdebstrap")
    if not _is_there(BASE):
        _make_base(folder)
    makers = {
        "PYTHON_IMAGE": _make_python,
        "KAFKA_IMAGE": _make_kafka,
        "POSTGRES_IMAGE": _make_postgres,
    }
    with ThreadPoolExecutor() as pool:
        for made in [pool.submit(makers[variable], folder) for variable in wanted]:
            made.result()


def _make_base(folder: Path) -> None:
    """Make the smallest Debian that runs CPython, with this machine's certificates and pip's settings."""
    archive = folder / "base.tar"
    suite = "bookworm"
    options = [
        f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("man", "doc", "locale", "info")
    ]
    run(
        "mmdebstrap",
        "--variant=minbase",
        f"--include={PACKAGES}",
        "--dpkgopt=force-unsafe-io",
        *options,
        "--customize-hook=copy-in /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs",
        "--customize-hook=printf '[global]\\ncert = /etc/ssl/certs/ca-certificates.crt\\n' > \"$1/etc/pip.conf\"",
        suite,
        str(archive),
        MIRROR,
    )
    run("docker", "import", str(archive), BASE)
    archive.unlink()


def _make_python(_folder: Path) -> None:
    """Add a CPython 3.12 of this machine."""
    prefix = _python_prefix()
    with tempfile.TemporaryDirectory() as context:
        skipped = shutil.ignore_patterns(
            "test", "__pycache__", "*.a", "idlelib", "site-packages", "share"
        )
        root = Path(context) / "root"
        for part in ("bin", "lib", "include"):
            shutil.copytree(prefix / part, root / part, symlinks=True, ignore=skipped)
        for script in (root / "bin").glob("[!p]*"):
            script.unlink()
        (Path(context) / "Dockerfile").write_text(
            f"FROM {BASE}\nCOPY root /usr/local\n"
            "RUN ldconfig && rm -f /usr/local/bin/pip* && python3.12 -m ensurepip --default-pip"
            " && ln -sf python3.12 /usr/local/bin/python\n"
            'CMD ["python3"]\n'
        )
        _build(PYTHON, Path(context))


def _python_prefix() -> Path:
    """Return where a CPython 3.12 lies that was built to be moved.

    Raises:
        CannotRunError: there is none.
    """
    found = run("pyenv", "versions", "--bare", check=False) if shutil.which("pyenv") else ""
    for version in sorted(v for v in found.split() if v.startswith("3.12.")):
        return Path(run("pyenv", "prefix", version).strip())
    if sys.version_info[:2] == (3, 12) and not sys.base_prefix.startswith("/usr"):
        return Path(sys.base_prefix)
    raise CannotRunError(
        "no image of Python 3.12 can be pulled, and pyenv has none to make one of: pyenv install 3.12"
    )


def _make_kafka(folder: Path) -> None:
    """Add Java and the broker of Maven Central."""
    install("mvn", "maven", "default-jre-headless")
    context = folder / "kafka"
    shutil.copytree(HERE / "kafka", context, dirs_exist_ok=True)
    pom = REPO / "placewatch" / "local" / "kafka.pom.xml"
    run(
        "mvn",
        "-q",
        "-f",
        str(pom),
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        f"-DoutputDirectory={context / 'libs'}",
    )
    _build(STANDINS["KAFKA_IMAGE"][1], context)
    shutil.rmtree(context)


def _make_postgres(_folder: Path) -> None:
    """Add Debian's server."""
    _build(STANDINS["POSTGRES_IMAGE"][1], HERE / "postgres")


def _build(image: str, context: Path) -> None:
    run("docker", "build", "-q", "-t", image, str(context))
