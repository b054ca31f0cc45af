"""Work that looks made up: found by the night, shown to its person first, who may say why (SPEC A42)."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.roles import Role
from accounts.rules import setting
from leads.models import LeadEvent, LostRecord
from leads.models.log import EventKind, Source

from .models import Contact, NightlyRun, Suspicion

DAY = dt.timedelta(days=1)
LONGEST_BACK = dt.timedelta(days=31)  # what was entered for an earlier day than that is not looked for
WRITTEN = (EventKind.CONTACT, EventKind.VISIT)  # what people date themselves

Found = tuple[int, str, dict]  # user id, kind, figures


def found_on(store: Store, on: dt.date) -> Iterator[Found]:
    """What looks made up in the entries of a store day, by the store's own numbers. Three statements.

    The hour of an entry is never a reason: who writes his day down in the evening does what he should.
    """
    start, end = store.start_of_day(on), store.start_of_day(on + DAY)
    for user_id, contacts in groupby(_contacts(store, start, end), key=itemgetter("by_id")):
        yield from _of_person(store, user_id, list(contacts))
    for user_id, count in _lost_untried(store, start, end):
        yield user_id, Suspicion.Kind.LOST_UNTRIED, {"count": count}
    least = setting(store, "suspicious_back_dated")
    for user_id, count in _back_dated(store, start, end):
        if count >= least:
            yield user_id, Suspicion.Kind.BACK_DATED, {"count": count}


def _contacts(store: Store, start: dt.datetime, end: dt.datetime) -> QuerySet:
    """Talks and tries of the day; messages prove nothing either way."""
    people = store.memberships.values("user_id")
    made = Contact.objects.standing().filter(by__in=people, at__gte=start, at__lt=end, lead__store=store)
    return made.exclude(kind=Contact.Kind.MESSAGE).order_by("by_id", "at", "id").values("by_id", "at", "kind")


def _of_person(store: Store, user_id: int, contacts: list[dict]) -> Iterator[Found]:
    minutes = setting(store, "suspicious_burst_minutes")
    most = most_within([row["at"] for row in contacts], dt.timedelta(minutes=minutes))
    if most >= setting(store, "suspicious_burst"):
        yield user_id, Suspicion.Kind.BURST, {"count": most, "minutes": minutes}
    kinds = Counter(row["kind"] for row in contacts)
    tries = kinds[Contact.Kind.ATTEMPT]
    if tries >= setting(store, "suspicious_unreached") and not kinds[Contact.Kind.CONTACT]:
        yield user_id, Suspicion.Kind.UNREACHED, {"count": tries}


def most_within(moments: list[dt.datetime], span: dt.timedelta) -> int:
    """The most of some moments, in their order, that lie within a span."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= span:
            first += 1
        most = max(most, last - first + 1)
    return most


def _lost_untried(store: Store, start: dt.datetime, end: dt.datetime) -> QuerySet:
    """Losses recorded that day of customers with whom nobody ever spoke."""
    lost = LostRecord.objects.filter(
        lead__store=store,
        recorded_at__gte=start,
        recorded_at__lt=end,
        lead__last_contact_at=None,
        lead__last_visit_at=None,
    ).exclude(decision=LostRecord.Decision.UNDONE)
    return _counted(lost, "recorded_by_id")


def _back_dated(store: Store, start: dt.datetime, end: dt.datetime) -> QuerySet:
    """Entries of that day for a day before it; what was undone counts no more (SPEC A74)."""
    undone = LeadEvent.objects.filter(undoes_id=OuterRef("pk"))
    written = LeadEvent.objects.filter(
        store=store,
        kind__in=WRITTEN,
        at__gte=start - LONGEST_BACK,
        at__lt=start,
        recorded_at__gte=start,
        recorded_at__lt=end,
        source=Source.SCREEN,
        by__isnull=False,
    ).exclude(Exists(undone))
    return _counted(written, "by_id")


def _counted(rows: QuerySet, whose: str) -> Iterable[tuple[int, int]]:
    return rows.order_by(whose).values_list(F(whose)).annotate(count=Count("pk"))


def visible_to(user: User, store: Store, *, today: dt.date) -> QuerySet:
    """One's own; and for the manager of the store those of everybody, once it has worked here for
    `suspicions_after_days` and the person had a day to answer, or did. Colleagues see none.
    """
    own = Suspicion.objects.filter(store=store, user=user)
    if Role.MANAGER not in user.roles_in(store) or not is_open(store, today=today):
        return own
    told = Suspicion.objects.filter(store=store).exclude(user=user)
    return own | told.filter(on__lt=today - DAY) | told.filter(answered_at__isnull=False)


def is_open(store: Store, *, today: dt.date) -> bool:
    """Whether the manager's list is open: so many days after the store's first night."""
    first = NightlyRun.objects.filter(store=store).order_by("on").values_list("on", flat=True).first()
    return first is not None and today >= first + dt.timedelta(days=setting(store, "suspicions_after_days"))


@transaction.atomic
def answer(suspicion: Suspicion, text: str, *, by: User, now: dt.datetime) -> None:
    """Say why it looks so; a new answer takes the place of the last until the manager has seen it.

    NotAllowed: somebody else's. Refused: nothing said, or seen already.
    """
    if suspicion.user_id != by.pk:
        raise NotAllowed(_("Only the person asked may answer."))
    if not text.strip():
        raise Refused(_("Say in a word how it came about."), field="text")
    row = Suspicion.objects.select_for_update().get(pk=suspicion.pk)
    if row.seen_at:
        raise Refused(_("Your manager has settled this already."), field="text")
    row.answer, row.answered_at = text.strip(), now
    row.save(update_fields=["answer", "answered_at"])


def settle_suspicion(suspicion: Suspicion, *, by: User, now: dt.datetime) -> None:
    """The manager has seen it; it leaves the list. NotAllowed: nobody settles his own."""
    if Role.MANAGER not in by.roles_in(suspicion.store) or suspicion.user_id == by.pk:
        raise NotAllowed(_("The manager settles this, and nobody his own."))
    Suspicion.objects.filter(pk=suspicion.pk, seen_at=None).update(seen_at=now, seen_by=by)
