"""A message to a customer, queued in the transaction that wants it (DESIGN 5, SPEC DEV-09, A16)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.rules import setting
from followups.cadence import planned_appointments
from followups.models import Appointment, Channel, Outbox, Task
from leads.access import may_work_on
from leads.models import ContactPoint, Lead

from .backends import is_set_up
from .kinds import MESSAGE_KINDS, MessageKind, Purpose
from .quiet import sending_from
from .reach import can_receive, objection, points_of
from .reasons import CannotSend
from .rows import put
from .templates import Message, check_length, language_of, words_of

NO_POINT = {Channel.SMS: "no_phone", Channel.EMAIL: "no_email"}
GONE = (Outbox.State.CANCELLED, Outbox.State.FAILED)


@dataclass(frozen=True)
class Typed:
    """What somebody wrote in place of the template; `again` = a second offer on one day is meant."""

    text: str
    subject: str = ""
    again: bool = False


def queue_message(
    lead: Lead,
    kind: str,
    *,
    channel: str,
    sender: User,
    key: str,
    now: dt.datetime,
    by: User | None = None,
    typed: Typed | None = None,
    not_before: dt.datetime | None = None,
    task: Task | None = None,
) -> Outbox:
    """Put a message to a customer on its way, in the caller's transaction; it is sent by the sweep.

    `channel` is "sms" or "email", `sender` signs it, `by` is who asked for it (None = the machine),
    `key` names the effect: the same key again answers the row that is there. Quiet hours and
    `not_before` hold the sending; all moments UTC. CannotSend: no backend, nobody to reach, asked to
    stop, no offers wanted, the most of one day. Refused: an unsigned, empty or overlong text.
    NotAllowed: a colleague's customer.
    """
    if there := Outbox.objects.filter(key=key).first():
        return there
    about, goes_at = MESSAGE_KINDS[kind], sending_from(lead.store, max(now, not_before or now))
    if by and not may_work_on(lead, by, now=now):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    point = _checked_point(lead, channel, about)
    _check_numbers(lead, about, on=goes_at, again=bool(by and typed and typed.again))
    message = _signed(typed, sender, channel) if typed else words_for(lead, about, channel, sender)
    return put(
        Outbox(
            store_id=lead.store_id,
            key=key,
            kind=kind,
            channel=channel,
            lead=lead,
            task=task,
            point=point,
            sender=sender,
            subject=message.subject,
            text=message.text,
            queued_at=now,
            not_before=goes_at,
        )
    )


def _checked_point(lead: Lead, channel: str, kind: MessageKind) -> ContactPoint:
    if not is_set_up(channel):
        raise CannotSend("no_backend")
    point = points_of(lead.customer_id).get(channel)
    if point is None:
        raise CannotSend(NO_POINT[Channel(channel)], field="text")
    if code := hindrance(lead, channel, kind.purpose):
        raise CannotSend(code, field="text")
    return point


def hindrance(lead: Lead, channel: str, purpose: str, point: ContactPoint | None = None) -> str:
    """A code of REASONS why nothing may be sent about this lead now, or ""; asked again at sending."""
    if not lead.is_active:
        return "not_active"
    if point and not (can_receive(point) and point.customer_id == lead.customer_id):
        return "point_ended"
    return objection(lead.customer_id, channel, purpose)


# --- how many a day --------------------------------------------------------------------------


def _check_numbers(lead: Lead, kind: MessageKind, *, on: dt.datetime, again: bool) -> None:
    kinds = list(sent_on_day(lead, on))
    if len(kinds) >= setting(lead.store, "messages_per_day"):
        raise CannotSend("too_many", field="text")
    if kind.purpose == Purpose.MARKETING and not again and offers_are_full(lead.store, kinds):
        raise CannotSend("too_many_offers", field="again")


def sent_on_day(lead: Lead, moment: dt.datetime):
    """The kinds of message a customer gets on the store day of a moment, sent or on their way."""
    day = lead.store.day(lead.store.business_date(moment))
    rows = Outbox.objects.filter(not_before__range=day, lead__customer=lead.customer_id)
    rows = rows.exclude(state__in=GONE)
    return rows.values_list("kind", flat=True)


def offers_are_full(store: Store, kinds: list[str]) -> bool:
    """Whether one more offer is one too many for a customer who got these on one day (SPEC DEV-09)."""
    offers = sum(MESSAGE_KINDS[kind].purpose == Purpose.MARKETING for kind in kinds if kind in MESSAGE_KINDS)
    return offers >= setting(store, "marketing_per_day")


# --- the words -------------------------------------------------------------------------------


def words_for(lead: Lead, kind: MessageKind, channel: str, sender: User, own=None, planned=None) -> Message:
    """The template of the customer's language, filled. Refused: a day is asked for and none is planned.

    `own` and `planned` spare their statements when many kinds are asked for.
    """
    language = language_of(lead.customer.language or lead.store.language)
    appointment = None
    if "day" in kind.placeholders:
        appointment = _reminded_of(kind, planned_appointments(lead) if planned is None else planned)
        if appointment is None:
            raise Refused(_("There is no planned appointment to remind of."), field="text")
    values = values_of(lead, sender, language, appointment)
    return words_of(lead.store, kind, channel, language, own).filled(values)


def _reminded_of(kind: MessageKind, planned: list[Appointment]) -> Appointment | None:
    drives = kind.code == "drive_eve"
    return next((one for one in planned if not drives or one.kind == Appointment.Kind.DRIVE), None)


def values_of(
    lead: Lead, sender: User, language: str, appointment: Appointment | None = None
) -> Mapping[str, str]:
    """What the placeholders stand for, in the customer's language."""
    with translation.override(language):
        values = {
            "customer": lead.customer.name or pgettext("who has no name yet", "there"),
            "person": sender.full_name,
            "store": lead.store.name,
        }
        if appointment:
            local = appointment.at.astimezone(lead.store.zone)
            values |= {"day": date_format(local, "MONTH_DAY_FORMAT"), "time": f"{local:%H:%M}"}
    return values


def _signed(typed: Typed, sender: User, channel: str) -> Message:
    text = typed.text.strip()
    if not text:
        raise Refused(_("Write the message."), field="text")
    if sender.full_name not in text:
        raise Refused(
            _("The message is not signed. Write your name, %(name)s, into it.") % {"name": sender.full_name},
            field="text",
        )
    check_length(channel, text)
    return Message(" ".join(typed.subject.split()), text)
