"""Programs that stand beside us: started with secrets in the environment, never on the command line."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from .failing import Failed


@contextmanager
def running(*command: str, environment: dict | None = None, **streams) -> Iterator[subprocess.Popen]:
    """A program while the block lasts: killed when the block fails, waited for when it ends.

    Failed("tool_failed") with the program's own reason when it answers anything but 0.
    """
    with tempfile.TemporaryFile() as errors:
        process = _start(command, environment or {}, errors, streams)
        try:
            yield process
            if process.stdin:
                process.stdin.close()
            code = process.wait()
        except BrokenPipeError:
            if not process.stdin:
                raise  # another program's
            code = process.wait() or 1
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            _close(process)
        if code:
            raise Failed("tool_failed", f"{command[0]}: {_reason(errors)}")


def _start(command: tuple, environment: dict, errors, streams: dict) -> subprocess.Popen:
    try:
        return subprocess.Popen(command, env=os.environ | environment, stderr=errors, **streams)
    except FileNotFoundError as error:
        raise Failed("no_tool", command[0]) from error


def _close(process: subprocess.Popen) -> None:
    for stream in (process.stdin, process.stdout):
        if stream:
            try:
                stream.close()
            except BrokenPipeError:
                pass  # what was still to be written is of no use to a dead program


def _reason(errors) -> str:
    """The line that names an error, or the last one."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    named = [line for line in lines if "error" in line.lower()] or lines[-1:] or ["no word of why"]
    return named[0][:250]
