"""Text as people type and paste it: invisible characters, full-width letters, headers."""

import re
import unicodedata

# Control characters, format characters (zero width, direction marks) and broken surrogates.
INVISIBLE = {"Cc", "Cf", "Cs"}
HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af〇"
_HAN_GAP = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")


def visible(text: str) -> str:
    """The text without characters nobody can see; line breaks and tabs stay."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\t\n\r" or unicodedata.category(c) not in INVISIBLE)


def one_line(text: str) -> str:
    """The visible text on one line, with single spaces; nothing else is changed."""
    return " ".join(visible(text).split())


def folded(text: str) -> str:
    """One line with full-width letters, digits and signs made plain, for reading a value."""
    return unicodedata.normalize("NFKC", one_line(text))


def person_name(text: str) -> str:
    """A person's name on one line; the space that pads 王 芳 to three places goes."""
    return _HAN_GAP.sub("", one_line(text))


def header_key(text: str) -> str:
    """A column name to compare by: "Visit date *" and "visitdate" are the same."""
    return "".join(c for c in folded(text).casefold() if c.isalnum())
