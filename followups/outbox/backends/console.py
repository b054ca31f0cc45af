"""Text messages for the eyes of who builds: printed, sent nowhere."""

import sys


class ConsoleBackend:
    def send(self, to: str, text: str, *, key: str) -> None:
        sys.stdout.write(f"--- text message to {to} ({key})\n{text}\n")
        sys.stdout.flush()
