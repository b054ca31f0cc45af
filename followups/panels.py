"""What this floor shows on the pages of others: the team on My day, the composer on the customer card."""

import datetime as dt
from functools import partial

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Store, User
from accounts.prepared import Prepared
from accounts.roles import RECEIVING, Role
from leads.access import may_work_on
from leads.answers import undo_address
from leads.lists import CAP
from leads.models import LapseProposal, Lead
from leads.models.leads import past_of
from leads.timeline import CONTACTS, Entry, TimelineItem, enough, sentences, shown

from . import why
from .cadence import proposed_date
from .day_sql import AtWork, team_at_work
from .escalation import told_up_to
from .models import Appointment, Contact, Task
from .outcomes import NOT_MET, Outcome
from .varying import hint_to_vary

LIKELIEST = (Outcome.COMPARING, Outcome.COMING, Outcome.NO_ANSWER)
SHOWN = 20  # proposals at first, the others folded
MOST = 200  # of a morning

# --- My day: who leads the store sees the team ------------------------------------------------


def home(request: HttpRequest) -> dict | None:
    """The team's work of the day and the lapse proposals to decide; None for everybody else."""
    user, store = request.user, request.store
    if not user.roles_in(store) & {Role.MANAGER, Role.SUPERVISOR}:
        return None
    _start, end = store.day(store.business_date(request.now))
    told_up = told_up_to(user, store)
    people = team_at_work(store, _teams(user, store), told_up=told_up, end=end, now=request.now)
    pool = people[0].pool if people else 0
    proposals = _proposals(request)
    return {
        "template": "followups/_team.html",
        "context": {
            "people": _rows(people),
            "pool": f"{CAP}+" if pool > CAP else pool,
            "late_call_backs": people[0].late_call_backs if people else 0,
            "desk": people[0] if people and Role.MANAGER in user.roles_in(store) else None,
            "proposals": proposals,
            "shown_proposals": proposals[:SHOWN],
            "folded_proposals": proposals[SHOWN:],
        },
    }


def _rows(people: list[AtWork]) -> list[dict[str, object]]:
    """For `{% lines %}`."""
    pages = {"day": "home", "behind": "followups:backlog", "up": "followups:escalated"}
    starts = {name: f"{reverse(page)}?person=" for name, page in pages.items()}
    return [one._asdict() | {name: f"{start}{one.pk}" for name, start in starts.items()} for one in people]


def _proposals(request: HttpRequest) -> list[LapseProposal]:
    user, store = request.user, request.store
    if Role.MANAGER in user.roles_in(store):
        return _undecided(store=store.pk)
    visible = Lead.objects.visible_to(user, now=request.now)
    return list(_open_proposals(store.pk).filter(lead__in=visible.values("pk"))[:MOST])


@Prepared
def _undecided(*, store: int) -> QuerySet:
    return _open_proposals(store)[:MOST]


def _open_proposals(store: int) -> QuerySet:
    proposals = LapseProposal.objects.filter(store=store, decision="")
    return proposals.select_related("lead__customer", "owner").order_by("lapses_on", "id")


def _teams(user: User, store: Store) -> list[int] | None:
    """The teams a person leads in a store; None = the whole store, for its manager."""
    if Role.MANAGER in user.roles_in(store):
        return None
    led = [m for m in user.current_memberships if m.store_id == store.pk and m.role == Role.SUPERVISOR]
    return [m.team_id for m in led if m.team_id]


def team(user: User, store: Store) -> QuerySet:
    """Whose day a person may look at: who sells in the store, for a supervisor in the own team."""
    sells = Q(memberships__store=store, memberships__role__in=RECEIVING, memberships__ends_on=None)
    teams = _teams(user, store)
    if teams is not None:
        sells &= Q(memberships__team__in=teams)
    return User.objects.filter(sells, is_active=True).distinct()


# --- the customer card -----------------------------------------------------------------------

TITLES = {
    (Contact.Channel.PHONE, Contact.Direction.OUT): gettext_lazy("%(name)s called"),
    (Contact.Channel.PHONE, Contact.Direction.IN): gettext_lazy("The customer called %(name)s"),
    (Contact.Channel.WECHAT, Contact.Direction.OUT): gettext_lazy("%(name)s wrote by WeChat"),
    (Contact.Channel.WECHAT, Contact.Direction.IN): gettext_lazy("The customer wrote to %(name)s by WeChat"),
    (Contact.Channel.SMS, Contact.Direction.OUT): gettext_lazy("%(name)s wrote a text message"),
    (Contact.Channel.SMS, Contact.Direction.IN): gettext_lazy("The customer wrote %(name)s a text message"),
    (Contact.Channel.EMAIL, Contact.Direction.OUT): gettext_lazy("%(name)s wrote an e-mail"),
    (Contact.Channel.EMAIL, Contact.Direction.IN): gettext_lazy("The customer wrote %(name)s an e-mail"),
    (Contact.Channel.IN_PERSON, Contact.Direction.OUT): gettext_lazy("%(name)s met the customer"),
    (Contact.Channel.IN_PERSON, Contact.Direction.IN): gettext_lazy("The customer met %(name)s"),
}
SENTENCES = {
    Outcome.LOOKING: gettext_lazy("Still looking around."),
    Outcome.COMPARING: gettext_lazy("Compares with other cars."),
    Outcome.COMING: gettext_lazy("Wants to come in."),
    Outcome.PRICE: gettext_lazy("Talks about the price."),
    Outcome.FAMILY: gettext_lazy("Wants to ask the family first."),
    Outcome.NOT_NOW: gettext_lazy("Does not buy for now."),
    Outcome.NO_ANSWER: gettext_lazy("Nobody answered."),
    Outcome.WRONG_NUMBER: gettext_lazy("The number is wrong."),
    Outcome.BOUGHT: gettext_lazy("Has bought elsewhere."),
    Outcome.STOP: gettext_lazy("Asked us to stop calling."),
    Outcome.ABSENT: gettext_lazy("The customer was not there."),
    Outcome.BUSY: gettext_lazy("The customer had no time."),
    Outcome.SENT: "",
}
SIGNS = {
    Contact.Channel.PHONE: "phone",
    Contact.Channel.WECHAT: "brand-wechat",
    Contact.Channel.SMS: "message",
    Contact.Channel.EMAIL: "mail",
    Contact.Channel.IN_PERSON: "users",
}
STATES = {
    Appointment.State.PLANNED: "soft",
    Appointment.State.SHOWED: "ok",
    Appointment.State.NO_SHOW: "danger",
}


def card(request: HttpRequest, lead: Lead) -> dict:
    """The composer, and the contacts and appointments of a lead for its timeline; three statements."""
    today = lead.store.business_date(request.now)
    shape = enough(shown(request)), lead.has_folded
    contacts = _contacts(*shape, lead=lead.pk)
    appointments = _appointments(*shape, lead=lead.pk)
    timeline = [
        Entry(row.at, CONTACTS, partial(contact_item, row), _undo_url(row, lead, request)) for row in contacts
    ]
    timeline += [Entry(row.at, CONTACTS, partial(appointment_item, row)) for row in appointments]
    works = may_work_on(lead, request.user, now=request.now)
    composer = _composer(lead, appointments, today=today, now=request.now) if works else {}
    vary = hint_to_vary(lead, contacts) if works else ""
    return {
        "template": "followups/_composer.html" if works else None,
        "context": {"lead": lead, "today": today, "vary": vary, **composer},
        "timeline": timeline,
    }


@Prepared
def _contacts(limit: int, has_folded: bool, *, lead: int) -> QuerySet:
    mine = Contact.objects.filter(lead__in=past_of(lead, has_folded))
    return mine.select_related("by").order_by("-at", "-id")[:limit]


@Prepared
def _appointments(limit: int, has_folded: bool, *, lead: int) -> QuerySet:
    mine = Appointment.objects.filter(lead__in=past_of(lead, has_folded))
    return mine.select_related("set_by").order_by("-at", "-id")[:limit]


@Prepared
def _open_tasks(*, lead: int) -> QuerySet:
    return Task.objects.filter(lead=lead, state=Task.State.OPEN).order_by("due_at", "id")


def _composer(lead: Lead, appointments: list[Appointment], *, today: dt.date, now: dt.datetime) -> dict:
    reasons = [
        r
        for task in _open_tasks(lead=lead.pk)
        for r in why.task_reasons(task, lead, store=lead.store, now=now)
    ]
    asks_date = lead.is_active and not lead.customer.is_organisation
    reasons = reasons or ([why.no_next_date()] if asks_date else [])
    planned = [a for a in appointments if a.state == Appointment.State.PLANNED and a.at >= now]
    log_url = reverse("followups:log", args=[lead.number])
    return {
        "line": why.line(reasons),
        "tone": why.tone(reasons),
        "likeliest": [(outcome.value, outcome.label) for outcome in LIKELIEST],
        "log_url": f"{log_url}?next={reverse('leads:card', args=[lead.number])}",
        "next_on": proposed_date(lead, planned, today=today),
        "appointment": min(planned, key=lambda appointment: appointment.at, default=None),
    }


def _undo_url(contact: Contact, lead: Lead, request: HttpRequest) -> str:
    """Where the reader takes back a contact of his own of today; empty for every other (SPEC A74)."""
    today = lead.store.business_date(request.now)
    if contact.undone_at or contact.by_id != request.user.pk:
        return ""
    of_today = lead.store.business_date(contact.recorded_at) == today
    return undo_address("followups:undo_contact", contact.pk, lead.number) if of_today else ""


def contact_item(contact: Contact) -> TimelineItem:
    """A contact, with the sentence that its outcome writes, in the reader's language (SPEC A03)."""
    reached = contact.kind == Contact.Kind.CONTACT
    title = TITLES[contact.channel, contact.direction]
    if contact.outcome in NOT_MET:
        title = _("%(name)s went to the customer")
    title %= {"name": contact.by.full_name}
    return TimelineItem(
        at=contact.at,
        icon="phone-off" if contact.outcome == Outcome.NO_ANSWER else SIGNS[contact.channel],
        title=title,
        text=sentences(SENTENCES[contact.outcome], contact.text),
        tags=((_colour(contact), contact.get_outcome_display()),),
        soft=reached,
        undone=bool(contact.undone_at),
    )


def _colour(contact: Contact) -> str:
    return {Contact.Kind.CONTACT: "ok", Contact.Kind.ATTEMPT: "warn"}.get(contact.kind, "")


def appointment_item(appointment: Appointment) -> TimelineItem:
    """An appointment, planned or settled."""
    planned = appointment.state == Appointment.State.PLANNED
    return TimelineItem(
        at=appointment.at,
        icon="calendar",
        title=appointment.get_kind_display(),
        text=_("Agreed by %(name)s.") % {"name": appointment.set_by.full_name},
        tags=((STATES.get(appointment.state, ""), appointment.get_state_display()),),
        future=planned,
    )
