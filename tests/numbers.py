"""Phone numbers in what a page, a file or a log says."""

import re

# A mobile number in any of the writings a page could use (RELIABILITY 61).
FULL_NUMBER = re.compile(r"(?<![\d-])(?:\+?86[ -]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)")
TOKEN = r'"X-CSRFToken": "\w+"|"csrfmiddlewaretoken" value="\w+"'
UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
SEEN = r"seen=[0-9a-f]{8,}-(?:\d{4}\b)?"  # the fingerprint of a list, or of a day and its minute
RANDOM = re.compile(f"{TOKEN}|{UUID}|{SEEN}")  # may hold eleven digits by chance


def full_numbers(text: str) -> list[str]:
    """The mobile numbers that stand in a text in full."""
    return FULL_NUMBER.findall(RANDOM.sub("", text))
