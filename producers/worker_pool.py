"""Worker processes with a deadline: a body that hangs or kills its parser costs one process, no more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self

from placewatch.errors import FeedParseError
from producers.parsed import ParseReason


# Importing the parsers takes under a second; on a machine that is busy starting everything, much longer.
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 2.0
# The child's own alarm is only for when we are gone: we come first.
_ALARM_GRACE_S = 5.0
_PIECE_BYTES = 64 * 1024


class WorkerPool:
    """A few processes that run one module, started when first needed; use it as an asynchronous context manager."""

    def __init__(self, module: str, *, deadline_s: float, processes: int) -> None:
        self._deadline_s = deadline_s
        self._idle: asyncio.Queue[_Child] = asyncio.Queue()
        self._children = [_Child(module) for _ in range(processes)]
        for child in self._children:
            self._idle.put_nowait(child)

    async def __aenter__(self) -> Self:
        """Return the pool; processes start with their first feed."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes."""
        for child in self._children:
            await child.stop()

    async def ask(self, body: bytes, headers: Mapping[str, str], url: str) -> list[dict[str, Any]]:
        """Return what the process says of `body`, in one frame or more: its result, or `reason` and `error`.

        Raises:
            FeedParseError: it took too long, or the process died of it; `reason` is a ParseReason.
        """
        async with self._borrowed() as child:
            return await self._ask(child, body, headers, url)

    @contextlib.asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[_Child]:
        """Lend a process for one feed; one that was left in the middle of an answer is ended first."""
        child = await self._idle.get()
        try:
            yield child
        except BaseException:
            await child.kill()
            raise
        finally:
            self._idle.put_nowait(child)

    async def _ask(
        self, child: _Child, body: bytes, headers: Mapping[str, str], url: str
    ) -> list[dict[str, Any]]:
        """Return the process' answer; start it first if it is not running."""
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                await child.start()
            async with asyncio.timeout(self._deadline_s):
                *answer, end = await child.ask(
                    body, headers, url, alarm_s=self._deadline_s + _ALARM_GRACE_S
                )
        except TimeoutError as error:
            raise FeedParseError(
                f"{url} could not be parsed within {self._deadline_s:g} s",
                reason=ParseReason.DEADLINE,
            ) from error
        except (EOFError, ConnectionError) as error:
            raise FeedParseError(
                f"{url} ended the parser process (memory or a crash)",
                reason=ParseReason.WORKER_DIED,
            ) from error
        if end["is_spent"]:
            await child.kill()
        return answer


class _Child:
    """One process and the frames to and from it."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the process unless it runs; return when it is ready."""
        if self._process is not None and self._process.returncode is None:
            return
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        await self._read()

    async def ask(
        self, body: bytes, headers: Mapping[str, str], url: str, *, alarm_s: float
    ) -> list[dict[str, Any]]:
        """Return the frames of the answer to one feed; the last tells how the process is.

        Raises:
            EOFError: the process ended instead.
        """
        stdin = self._pipes()[0]
        request = {
            "url": url,
            "headers": dict(headers),
            "length": len(body),
            "deadline_s": alarm_s,
        }
        stdin.write(json.dumps(request).encode() + b"\n")
        for start in range(
            0, len(body), _PIECE_BYTES
        ):  # at once, what the pipe does not take would be copied
            stdin.write(body[start : start + _PIECE_BYTES])
            await stdin.drain()
        frames = [await self._read()]
        while "is_spent" not in frames[-1]:
            frames.append(await self._read())
        return frames

    async def kill(self) -> None:
        """End the process at once; the next feed gets a new one."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself in the meantime
                self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """Let the process end by closing its input; kill it if it does not."""
        if self._process is None or self._process.returncode is not None:
            return
        self._pipes()[0].close()
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def _read(self) -> dict[str, Any]:
        stdout = self._pipes()[1]
        line = await stdout.readline()
        if not line:
            raise EOFError
        frame: dict[str, Any] = json.loads(await stdout.readexactly(int(line)))
        return frame

    def _pipes(self) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise EOFError
        return process.stdin, process.stdout
