"""How many text messages a text is: what the gateway counts and the store pays for."""

from dataclasses import dataclass

# The basic signs of a text message (GSM 03.38); those of the second line count twice.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("^{}\\[~]|€")
ALONE, JOINED = {True: 160, False: 70}, {True: 153, False: 67}  # signs, by whether all are basic


@dataclass(frozen=True)
class Parts:
    signs: int
    parts: int
    room: int  # signs of one part


def parts_of(text: str) -> Parts:
    """160 basic signs, or 70 of any other script, are one message; of several each holds a little less."""
    basic = all(sign in BASIC or sign in TWICE for sign in text)
    signs = sum(1 + (sign in TWICE) for sign in text) if basic else len(text.encode("utf-16-le")) // 2
    room = ALONE[basic] if signs <= ALONE[basic] else JOINED[basic]
    return Parts(signs, max(1, -(-signs // room)), room)
