"""Text messages kept as files, one each, for tests and trials: sent nowhere."""

import json
import uuid
from pathlib import Path

from django.conf import settings


class FileBackend:
    """Writes into settings.SMS_FOLDER; a message sent twice is there twice."""

    def send(self, to: str, text: str, *, key: str) -> None:
        folder = Path(settings.SMS_FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        message = json.dumps({"to": to, "text": text, "key": key}, ensure_ascii=False)
        (folder / f"{uuid.uuid4().hex}.json").write_text(message, encoding="utf-8")
