"""Phones and e-mail addresses as identity: read, shortened and masked (SPEC A10, A58, A72)."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from .text import folded, visible

LOCAL = "local:"
CN_MOBILE_DIGITS = 11

# A number may hold spaces, dots, dashes and brackets; a word, comma or line break ends it.
_RUN = re.compile(r"[+(\[ ]{0,6}\d[\d ().\[\]-]*")
_EXTENSION = re.compile(r"-\d{1,6}\W*$")
# Chinese mobiles by length and first digits: the library's list of ranges lags behind new ones.
_CN_PREFIX = re.compile(r"^(?:\+0{0,2}86|0086|86(?=0?1[3-9]\d{9}$))")
_CN_MOBILE = re.compile(r"0?(1[3-9]\d{9})")
_CN_STORED = re.compile(r"\+86(1[3-9][0-9])[0-9]{4}([0-9]{4})")
_CN_MOBILE_START = re.compile(r"0?1[3-9]")
_CN_LOCAL = re.compile(r"[2-9]\d{6,7}")
# Shorter ones are service numbers (110, 10086), not people.
_SHORTEST_LOCAL = 5


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone as identity: `value` is E.164, or local:<store>:<digits> (MODEL choice 4)."""

    value: str
    tail: str
    valid: bool


def read_phone(text: str, *, country: str, store_code: str) -> Phone | None:
    """The phone written in a text, or None when nothing there can be an identity (SPEC A58).

    `country` is the store's region (CN). A local number counts inside one store only and is
    not `valid`; words, cut-off and impossible numbers give None. Amid other words or numbers
    only a whole number counts, the first one.
    """
    runs, alone = _runs(text)
    for run in runs:
        value = _read_run(run, country)
        if value.startswith("+"):
            return Phone(value, value[-4:], valid=True)
        if value and alone:
            return Phone(f"{LOCAL}{store_code}:{value}", value[-4:], valid=False)
    return None


def shortfall(text: str, *, country: str) -> int:
    """How many digits a Chinese mobile of five or more digits lacks; 0 when that is not the fault."""
    runs, alone = _runs(text)
    if country != "CN" or not alone:
        return 0
    digits = _CN_PREFIX.sub("", _digits(runs[0]))
    if not _CN_MOBILE_START.match(digits) or len(digits) < 5:
        return 0
    return max(0, CN_MOBILE_DIGITS - len(digits.removeprefix("0")))


def is_tail(text: str) -> bool:
    """Whether exactly four digits were typed: the last four of a phone."""
    return re.fullmatch(r"[0-9]{4}", folded(text)) is not None


def takes_texts(value: str) -> bool:
    """Whether a stored number can be sent a text message: a mobile, or one that may be; no landline."""
    if not value.startswith("+"):
        return False
    if value.startswith("+86"):
        return _CN_STORED.fullmatch(value) is not None
    kind = phonenumbers.number_type(phonenumbers.parse(value))
    return kind not in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.UNKNOWN)


def read_email(text: str) -> str | None:
    """The e-mail address in lower case, or None."""
    address = folded(text).lower()
    try:
        validate_email(address)
    except ValidationError:
        return None
    return address


def mask(value: str) -> str:
    """A phone, e-mail address or WeChat name as everybody may see it (SPEC A72).

    Takes stored values and typed text alike: 138****0001, ****8198, m***@host, w***. In other
    text (a refusal, a number with a name) all digits but the last four are hidden.
    """
    if usual := _CN_STORED.fullmatch(value):
        return f"{usual[1]}****{usual[2]}"
    text = folded(value)
    if text.startswith(LOCAL):
        return "****" + text[-4:]
    if "@" in text:
        name, _, host = text.rpartition("@")
        return f"{_first(name)}***@{host}"
    runs, alone = _runs(text)
    if alone and len(_digits(runs[0])) > 4:
        return _mask_number(_digits(runs[0]))
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", text):
        return f"{_first(text)}***"
    return re.sub(r"\d(?=(?:\D*\d){4})", "*", text)


def _runs(text: str) -> tuple[list[str], bool]:
    """The numbers of a text as typed, and whether it is one number and nothing else."""
    plain = "".join(map(_plain_sign, unicodedata.normalize("NFKC", visible(text))))
    if "@" in plain:  # the digits of an address are no phone
        return [], False
    runs = _RUN.findall(plain)
    return runs, len(runs) == 1 and not _RUN.sub("", plain).strip()


def _plain_sign(sign: str) -> str:
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if sign in "−ー·•" or unicodedata.category(sign) == "Pd":
        return "-"
    return sign


def _digits(run: str) -> str:
    return re.sub(r"[^+\d]", "", run)


def _read_run(run: str, country: str) -> str:
    """E.164, the digits of a local number, or ""; an extension after a dash is left off."""
    value = _read_number(_digits(run), country)
    if not value and _EXTENSION.search(run):
        value = _read_number(_digits(_EXTENSION.sub("", run)), country)
    return value


def _read_number(number: str, country: str) -> str:
    if country == "CN":
        national = _CN_PREFIX.sub("", number)
        if mobile := _CN_MOBILE.fullmatch(national):
            return "+86" + mobile[1]
        if _CN_LOCAL.fullmatch(national):
            return national
        if _CN_MOBILE_START.match(national):
            return ""
    return _read_by_library(number, country)


def _read_by_library(number: str, country: str) -> str:
    try:
        parsed = phonenumbers.parse(number, country)
    except NumberParseException:
        return ""
    if phonenumbers.is_valid_number(parsed):
        return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible != ValidationResult.IS_POSSIBLE_LOCAL_ONLY or number.startswith("+"):
        return ""
    if country == "CN" or len(number) < _SHORTEST_LOCAL:
        return ""
    return number


def _mask_number(number: str) -> str:
    mobile = _CN_MOBILE.fullmatch(_CN_PREFIX.sub("", number))
    shown = mobile[1][:3] if mobile else ""
    return f"{shown}****{number[-4:]}"


def _first(text: str) -> str:
    return text[0] if len(text) > 1 else ""
