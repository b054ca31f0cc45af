"""Programs kept alive by one process, and gone with it, whatever way it goes."""

import ctypes
import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
PATIENCE = 10  # seconds a child has to end by itself
STEADY = 60  # seconds after which a child that ends has not failed at its start
PR_SET_PDEATHSIG = 1


class Child:
    """One program kept alive: it starts again when it ends, later each time it ends early."""

    def __init__(self, name: str, command: str, keep: tuple[int, ...] = ()):
        self.name, self.command, self.keep = name, shlex.split(command), keep
        self.process, self.failures = None, 0
        self.started_at = self.start_again_at = 0.0

    def start(self):
        self.started_at = time.monotonic()
        self.process = spawn(*self.command, pass_fds=self.keep)

    def watch(self):
        """Start the program if it does not run and its pause is over."""
        if self.process and self.process.poll() is not None:
            self.rest()
        if not self.process and time.monotonic() >= self.start_again_at:
            self.start()

    def rest(self):
        now = time.monotonic()
        kill_group(self.process, signal.SIGKILL)  # what it may have left behind
        self.failures = 0 if now - self.started_at > STEADY else self.failures + 1
        pause = min(2**self.failures, 30) if self.failures else 0
        say(f"{self.name} ended (code {self.process.returncode}); starting again in {pause} s")
        self.process, self.start_again_at = None, now + pause


def spawn(*command: str, **options) -> subprocess.Popen:
    """Start Python with these arguments, in a group of its own that dies with this process."""
    me = os.getpid()
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=BASE,
        start_new_session=True,
        preexec_fn=lambda: die_with(me, signal.SIGKILL),
        **options,
    )


def die_with(parent: int, how: signal.Signals):
    """Ask the kernel for a signal when the parent is gone; where it cannot be asked, do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)
        if os.getppid() != parent:
            os._exit(1)


def kill_group(process: subprocess.Popen, how: signal.Signals):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, how)


def stop(processes: list[subprocess.Popen]):
    """TERM, patience, then KILL for whatever is left of each group."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(p.poll() is None for p in processes):
        time.sleep(0.05)
    for process in processes:
        kill_group(process, signal.SIGKILL)
        process.wait()


def say(line: str):
    print(line, flush=True)
