"""Apache Kafka's jars, in a folder: fetched by Maven, or taken from the release archive after its SHA-512 was checked.

They appear there whole or not at all. The broker that runs them is `kafka_broker.py`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
from io import BufferedReader
from pathlib import Path, PurePosixPath
from urllib.error import URLError
from urllib.parse import urlsplit

from placewatch.errors import BrokerError, ConfigError
from placewatch.log import get_logger
from placewatch.settings import Settings


POM = Path(__file__).with_name("kafka.pom.xml")
MAVEN_TIMEOUT_S = 600.0
FETCH_TIMEOUT_S = 60.0
_CHUNK_BYTES = 1 << 20
_SHA512 = re.compile(r"[0-9a-f]{128}")
_LAST_LINES = 4

log = get_logger(__name__)


def libs_folder(settings: Settings) -> Path:
    """Return where the jars lie, or will."""
    return settings.kafka_libs or settings.state_dir / "kafka" / "libs"


def version_in(folder: Path) -> str | None:
    """Return the version of the Kafka whose jars are in a folder; None where there are none."""
    for jar in sorted(folder.glob("kafka_*.jar")):
        if found := re.fullmatch(r"kafka_[\d.]+-([\d.]+)", jar.stem):
            return found[1]
    return None


def install(folder: Path, *, archive: str | None = None, sha512: str | None = None) -> str:
    """Put Kafka's jars into `folder`, replacing what was there; return their version.

    Args:
        folder: where to.
        archive: a file or an https address of Kafka's release archive (kafka_2.13-VERSION.tgz); None has Maven fetch
            them.
        sha512: the archive's SHA-512, as Kafka's download page gives it.

    Raises:
        ConfigError: an archive without a SHA-512, or an address that is not https.
        BrokerError: it cannot be fetched or written, or is not what the SHA-512 says, or holds no Kafka.
    """
    if (archive is None) != (sha512 is None):
        raise ConfigError(
            "--archive and --sha512 belong together: Kafka's download page gives both of a release"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".libs-", dir=folder.parent) as work:
            fresh = Path(work) / "libs"
            fresh.mkdir()
            if archive is None or sha512 is None:
                _by_maven(fresh)
            else:
                _from_archive(archive, sha512, Path(work), fresh)
            version = version_in(fresh)
            if version is None:
                raise BrokerError(f"{archive or 'what Maven fetched'} holds no broker of Kafka's")
            if folder.exists():
                folder.rename(Path(work) / "old")
            fresh.rename(folder)
    except OSError as error:
        raise BrokerError(
            f"Kafka cannot be installed into {folder} ({error}): it takes about 300 MB of disk there"
        ) from error
    log.info("kafka_installed", version=version, folder=str(folder))
    return version


def _by_maven(fresh: Path) -> None:
    """Have Maven fetch the jars, each checked against its repository's checksum.

    Raises:
        BrokerError: there is no Maven, or it failed.
    """
    maven = shutil.which("mvn")
    if maven is None:
        raise BrokerError(
            "there is no `mvn` to fetch Kafka with: install Maven (Debian: apt install maven), or download a release "
            "from kafka.apache.org/downloads and name it with --archive FILE --sha512 DIGEST"
        )
    words = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"]
    try:
        done = subprocess.run(
            [maven, "-q", "-B", "--strict-checksums", "-f", str(POM), *words],
            capture_output=True,
            text=True,
            timeout=MAVEN_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BrokerError(
            f"Maven did not fetch Kafka within {MAVEN_TIMEOUT_S:.0f} s: try again, it goes on where it was"
        ) from error
    if done.returncode != 0:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise BrokerError(
            f"Maven could not fetch Kafka (exit status {done.returncode}): {' | '.join(said[:_LAST_LINES])}. Check the "
            "network and Maven's settings.xml, or use --archive FILE --sha512 DIGEST"
        )


def _from_archive(archive: str, sha512: str, work: Path, fresh: Path) -> None:
    """Check the release archive and copy its jars.

    Raises:
        ConfigError: the SHA-512 is none, or the address is not https.
        BrokerError: the archive cannot be had, or is another than the SHA-512 says.
    """
    wanted = re.sub(r"\s", "", sha512).lower()
    if not _SHA512.fullmatch(wanted):
        raise ConfigError("--sha512 takes the 128 hexadecimal digits of a SHA-512")
    file = Path(archive)
    if "://" in archive:
        file = work / "kafka.tgz"
        _fetch(archive, file)
    with _opened(file) as stream:
        found = hashlib.file_digest(stream, "sha512").hexdigest()
        if not hmac.compare_digest(found, wanted):
            raise BrokerError(
                f"{archive} is not what its SHA-512 says (it has {found[:16]}..., not {wanted[:16]}...): nothing was "
                "installed; download it again, and take the digest from kafka.apache.org"
            )
        stream.seek(0)
        _copy_jars(archive, stream, fresh)


def _opened(file: Path) -> BufferedReader:
    try:
        return file.open("rb")
    except OSError as error:
        raise BrokerError(f"--archive: {file} cannot be read ({error.strerror})") from error


def _fetch(address: str, file: Path) -> None:
    """Download `address`.

    Raises:
        ConfigError: it is not https.
        BrokerError: it cannot be fetched.
    """
    if urlsplit(address).scheme != "https":
        raise ConfigError(f"--archive: {address} is neither a file nor an https address")
    try:
        with (
            urllib.request.urlopen(address, timeout=FETCH_TIMEOUT_S) as answer,  # noqa: S310  # https, seen above
            file.open("wb") as out,
        ):
            shutil.copyfileobj(answer, out, _CHUNK_BYTES)
    except (URLError, TimeoutError) as error:
        raise BrokerError(
            f"{address} cannot be fetched ({error}): check the network, or download it elsewhere and name the file"
        ) from error


def _copy_jars(archive: str, stream: BufferedReader, fresh: Path) -> None:
    """Copy the jars of the archive's libs folder; only their names count, not where the archive wants them."""
    try:
        with tarfile.open(fileobj=stream, mode="r:gz") as packed:
            for member in packed:
                path = PurePosixPath(member.name)
                is_jar = path.suffix == ".jar" and path.parent.name == "libs"
                content = packed.extractfile(member) if is_jar and member.isfile() else None
                if content is not None:
                    with (fresh / path.name).open("wb") as out:
                        shutil.copyfileobj(content, out, _CHUNK_BYTES)
    except (tarfile.TarError, EOFError) as error:
        raise BrokerError(f"{archive} is no release archive of Kafka ({error})") from error
