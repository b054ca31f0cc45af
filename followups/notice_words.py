"""The kinds of notice, as one list of data: what each says in the reader's language, and what it opens.

No customer's name, number or plate stands in one: codes, counts and a lead number (SPEC A43).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from .outbox.reasons import REASONS


class Kind(StrEnum):
    GIVEN = "given"
    TAKEN = "taken"
    MANY = "many"
    LAPSED = "lapsed"
    AT_THE_DOOR = "at_the_door"
    ASKED_AGAIN = "asked_again"
    CALL_BACK = "call_back"
    LOSS_REFUSED = "loss_refused"
    LOSS_CONFIRMED = "loss_confirmed"
    ALONG = "along"
    CLAIMED = "claimed"
    SETTLED = "settled"
    ENQUIRY_NEW = "enquiry_new"
    ENQUIRY_DUE = "enquiry_due"
    ENQUIRY_LATE = "enquiry_late"
    OVERDUE_UP = "overdue_up"
    DIGEST = "digest"
    ASK_MEMBERS = "ask_members"
    ASK_TEAMS = "ask_teams"
    SUSPICION = "suspicion"
    BACKUP_LATE = "backup_late"
    NIGHT_LATE = "night_late"
    NIGHT_CUT = "night_cut"
    PARKED = "parked"
    MESSAGE_FAILED = "message_failed"
    OUTBOX_FAILED = "outbox_failed"


@dataclass(frozen=True)
class NoticeKind:
    """`says` is a msgid with %(lead)s and the notice's `args`, or a function of them for counted words.

    `opens` is a page; without one a notice opens its lead's card.
    """

    icon: str
    says: str | Callable[[dict], str]
    urgent: bool = False
    opens: str = ""
    query: str = ""


def _parked(facts: dict) -> str:
    return ngettext("The night set %(n)s row aside", "The night set %(n)s rows aside", facts["n"]) % facts


def _message_failed(facts: dict) -> str:
    """Of one's own message, with why."""
    return _("Your message to %(lead)s did not leave") % facts + " · " + str(REASONS[facts["reason"]])


def _outbox_failed(facts: dict) -> str:
    return _("A message did not leave") + " · " + str(REASONS[facts["reason"]])


def _many(facts: dict) -> str:
    """More than a few of one kind at one moment."""
    words = {
        Kind.GIVEN: ngettext(
            "%(n)s customer was given to you", "%(n)s customers were given to you", facts["n"]
        ),
        Kind.TAKEN: ngettext(
            "%(n)s customer went to somebody else", "%(n)s customers went to somebody else", facts["n"]
        ),
        Kind.LAPSED: ngettext(
            "%(n)s of your customers went to the pool", "%(n)s of your customers went to the pool", facts["n"]
        ),
        Kind.ENQUIRY_NEW: ngettext("%(n)s new enquiry", "%(n)s new enquiries", facts["n"]),
    }
    other = ngettext("News of %(n)s of your customers", "News of %(n)s of your customers", facts["n"])
    return words.get(facts["of"], other) % facts


def _call_back(facts: dict) -> str:
    """With the lead's number where there is one."""
    words = _("Call %(lead)s back by %(time)s") if facts["lead"] else _("Call a caller back by %(time)s")
    return words % facts


def _enquiry_late(facts: dict) -> str:
    words = ngettext(
        "%(who)s has not called enquiry %(lead)s: %(n)s minute late",
        "%(who)s has not called enquiry %(lead)s: %(n)s minutes late",
        facts["n"],
    )
    return words % facts


def _overdue_up(facts: dict) -> str:
    words = ngettext(
        "%(n)s overdue task has come up to you", "%(n)s overdue tasks have come up to you", facts["n"]
    )
    return words % facts


COUNTED = {  # in this order
    "appointments": gettext_lazy("Appointments"),
    "overdue": gettext_lazy("Overdue"),
    "today": gettext_lazy("Today"),
    "share": gettext_lazy("Today's share"),
    "covering": gettext_lazy("Covered for others"),
    "escalated": gettext_lazy("Escalated"),
    "lapsing": gettext_lazy("Protection ends within two days"),
    "losses": gettext_lazy("Losses to confirm"),
    "proposals": gettext_lazy("Protection has ended"),
    "disputes": gettext_lazy("Disputes"),
}


def _digest(facts: dict) -> str:
    """A number stays in one line with its word."""
    told = [(label, facts[name]) for name, label in COUNTED.items() if facts.get(name)]
    return " · ".join(f"{label}\N{NO-BREAK SPACE}{count}" for label, count in told)


def _asked(facts: dict) -> str:
    """How the day of each stands: name, customers done, customers open."""
    each = _("%(name)s: done %(done)s, open %(open)s")
    lines = [each % dict(zip(("name", "done", "open"), line, strict=True)) for line in facts["lines"]]
    return _("How was the day?") + " " + " · ".join(lines)


NIGHT = "followups:night"
NOTICE_KINDS = {
    Kind.GIVEN: NoticeKind("user-plus", gettext_noop("%(lead)s is your customer now")),
    Kind.TAKEN: NoticeKind("user-x", gettext_noop("%(lead)s is no longer your customer")),
    Kind.LAPSED: NoticeKind("ripple", gettext_noop("%(lead)s went to the pool: its protection ended")),
    Kind.MANY: NoticeKind("users", _many, opens="leads:list"),
    Kind.AT_THE_DOOR: NoticeKind(
        "door-enter", gettext_noop("Your customer %(lead)s is in the showroom"), urgent=True
    ),
    Kind.ASKED_AGAIN: NoticeKind("phone-incoming", gettext_noop("%(lead)s has asked again"), urgent=True),
    Kind.CALL_BACK: NoticeKind("phone-outgoing", _call_back, urgent=True),
    Kind.LOSS_REFUSED: NoticeKind("arrow-back-up", gettext_noop("The loss of %(lead)s was sent back to you")),
    Kind.LOSS_CONFIRMED: NoticeKind("user-x", gettext_noop("The loss of %(lead)s was confirmed")),
    Kind.ALONG: NoticeKind("user-plus", gettext_noop("You work along on %(lead)s")),
    Kind.CLAIMED: NoticeKind("flag", gettext_noop("Somebody says that %(lead)s is theirs")),
    Kind.SETTLED: NoticeKind("flag", gettext_noop("It is settled whose customer %(lead)s is")),
    Kind.ENQUIRY_NEW: NoticeKind("phone-incoming", gettext_noop("New enquiry %(lead)s"), urgent=True),
    Kind.ENQUIRY_DUE: NoticeKind("phone-outgoing", gettext_noop("Call enquiry %(lead)s now"), urgent=True),
    Kind.ENQUIRY_LATE: NoticeKind("phone-off", _enquiry_late, urgent=True),
    Kind.OVERDUE_UP: NoticeKind("arrow-up-right", _overdue_up, opens="followups:escalated"),
    Kind.SUSPICION: NoticeKind(
        "info-circle", gettext_noop("Some of your entries need a word"), opens="followups:suspicions"
    ),
    Kind.DIGEST: NoticeKind("sun", _digest, opens="home"),
    Kind.ASK_MEMBERS: NoticeKind("users", _asked, opens="reports:daily"),
    Kind.ASK_TEAMS: NoticeKind("users", _asked, opens="reports:daily"),
    Kind.BACKUP_LATE: NoticeKind(
        "alert-triangle", gettext_noop("The last good backup is older than 26 hours"), opens=NIGHT
    ),
    Kind.NIGHT_LATE: NoticeKind("alert-triangle", gettext_noop("Last night's run is missing"), opens=NIGHT),
    Kind.NIGHT_CUT: NoticeKind("alert-triangle", gettext_noop("Last night left something out"), opens=NIGHT),
    Kind.PARKED: NoticeKind("alert-triangle", _parked, opens=NIGHT),
    Kind.MESSAGE_FAILED: NoticeKind("alert-triangle", _message_failed),
    Kind.OUTBOX_FAILED: NoticeKind("alert-triangle", _outbox_failed, opens="followups:outbox"),
}


def text_of(kind: str, args: dict, lead: str = "") -> str:
    """What a notice says, in the active language; `lead` is a lead number."""
    says = NOTICE_KINDS[Kind(kind)].says
    facts = {**args, "lead": lead}
    return says(facts) if callable(says) else _(says) % facts


def address_of(kind: str, args: dict, lead: str = "") -> str:
    """The path of what a notice is about."""
    found = NOTICE_KINDS[Kind(kind)]
    if not found.opens:
        return reverse("leads:card", args=[lead]) if lead else reverse("home")
    return reverse(found.opens) + found.query % args
