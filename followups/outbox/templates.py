"""The words of each kind of message: those that ship, or the store's own (SPEC DEV-09)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.errors import Refused
from accounts.models import SettingChange, Store, User
from accounts.rules import record_change
from followups.models import Channel, Template

from .kinds import SIGNATURE, MessageKind
from .parts import parts_of
from .words import FULL_WIDTH, check_names, filled, names_in

MOST_PARTS = 4  # of a text message; longer ones are letters
LETTER = 1000  # signs of an e-mail
CHANNELS = (Channel.SMS, Channel.EMAIL)
LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True)
class Message:
    """Words with their placeholders still in them, or filled; a text message has no subject."""

    subject: str
    text: str

    def filled(self, values: Mapping[str, str]) -> "Message":
        return Message(" ".join(filled(self.subject, values).split()), filled(self.text, values))


def shipped(kind: MessageKind, channel: str, language: str) -> Message:
    with translation.override(language):
        if channel == Channel.EMAIL:
            return Message(str(kind.subject), str(kind.letter))
        return Message("", str(kind.short))


def own_words(store: Store) -> dict[tuple[str, str, str], Template]:
    """The store's own templates by kind, channel and language; one statement."""
    rows = Template.objects.filter(store=store).select_related("changed_by")
    return {(row.kind, row.channel, row.language): row for row in rows}


def words_of(store: Store, kind: MessageKind, channel: str, language: str, own=None) -> Message:
    """What a store writes for a kind of message; `own` spares the statement when many are asked for."""
    own = own_words(store) if own is None else own
    row = own.get((kind.code, channel, language))
    return Message(row.subject, row.text) if row else shipped(kind, channel, language)


def language_of(language: str) -> str:
    """The language of the templates that a reader of `language` understands."""
    return "zh-hans" if language.lower().startswith("zh") else "en"


def example(kind: MessageKind, store: Store, language: str) -> dict[str, str]:
    """Values that look as they will, for a preview."""
    with translation.override(language):
        everything = {
            "customer": pgettext("example of a customer's name", "Mr Smith"),
            "person": pgettext("example of a consultant's name", "Anna Lee"),
            "store": store.name,
            "day": pgettext("example of a day", "12 March"),
            "time": "15:30",
        }
    return {name: everything[name] for name in kind.placeholders}


def check_template(kind: MessageKind, channel: str, message: Message, *, sample: Mapping[str, str]) -> None:
    """Refused: empty, an unknown placeholder, no {person}, or longer than the channel takes.

    The length is that of the text filled with `sample`.
    """
    if not message.text:
        raise Refused(_("Write the message."), field="text")
    check_names(message.text, kind.placeholders)
    if channel == Channel.EMAIL:
        if not message.subject:
            raise Refused(_("An e-mail needs a subject."), field="subject")
        check_names(message.subject, kind.placeholders, field="subject")
    if SIGNATURE not in names_in(message.text):
        raise Refused(
            _("The message is not signed. Put {person} where the consultant's name shall stand."),
            field="text",
        )
    check_length(channel, message.filled(sample).text)


def check_length(channel: str, text: str) -> None:
    """Refused: a text message of more than four parts, an e-mail of more than a thousand signs."""
    if channel == Channel.EMAIL:
        if len(text) > LETTER:
            raise Refused(
                _("%(signs)s signs are too many; an e-mail holds %(most)s.")
                % {"signs": len(text), "most": LETTER},
                field="text",
            )
        return
    size = parts_of(text)
    if size.parts > MOST_PARTS:
        counted = ngettext(
            "%(signs)s signs are %(n)s text message.", "%(signs)s signs are %(n)s text messages.", size.parts
        ) % {"signs": size.signs, "n": size.parts}
        at_most = _("At most %(most)s are allowed, of %(room)s signs each. Shorten it.")
        raise Refused(f"{counted} {at_most % {'most': MOST_PARTS, 'room': size.room}}", field="text")


@transaction.atomic
def save_template(
    store: Store,
    kind: MessageKind,
    *,
    language: str,
    channel: str,
    subject: str,
    text: str,
    by: User,
    now: dt.datetime,
) -> Template | None:
    """Keep the store's own words for a kind of message, and who changed them from what to what.

    The words that ship are kept as no words of one's own: None. The same words again write nothing.
    `now` UTC; braces of full width are read as braces. Refused: see `check_template`.
    """
    message = Message(" ".join(subject.translate(FULL_WIDTH).split()), text.translate(FULL_WIDTH).strip())
    message = Message(message.subject if channel == Channel.EMAIL else "", message.text.replace("\r\n", "\n"))
    check_template(kind, channel, message, sample=example(kind, store, language))
    place = {"store": store, "kind": kind.code, "language": language, "channel": channel}
    row = Template.objects.select_for_update(no_key=True, of=("self",)).filter(**place).first()
    ships = shipped(kind, channel, language)
    before = Message(row.subject, row.text) if row else ships
    if message == before:
        return row
    record_change(
        store, history_key(kind, channel, language), _as_json(before), _as_json(message), by=by, at=now
    )
    if message == ships:
        row.delete()
        return None
    row = row or Template(**place, version=0)
    row.subject, row.text, row.version = message.subject, message.text, row.version + 1
    row.changed_by, row.changed_at = by, now
    row.save()
    return row


def history_key(kind: MessageKind, channel: str, language: str) -> str:
    return f"template:{kind.code}:{channel}:{language}"


def history(store: Store, kind: MessageKind, channel: str, language: str, most: int = 10):
    """Who changed these words, the newest first."""
    rows = SettingChange.objects.filter(store=store, key=history_key(kind, channel, language))
    return rows.select_related("by").order_by("-at", "-id")[:most]


def _as_json(message: Message) -> str:
    return f"{message.subject}\n\n{message.text}".strip()
