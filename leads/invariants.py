"""What must hold of customers, leads and their log."""

from django.db.models import Count, F, Max, OuterRef, Q, Subquery, Sum

from accounts.invariants import ACCESS_TABLE, HISTORY_TABLE, Check, check, triggers_installed
from accounts.models import Counter

from .models import Collaborator, ContactPoint, Credit, Customer, Lead, LeadEvent
from .protection import lapses_on
from .steps import Step


def checks() -> list[Check]:
    return [
        machine_agrees_with_log(),
        lead_numbers_without_gaps(),
        customer_numbers_without_gaps(),
        contact_points_stay_in_their_group(),
        folded_cards_keep_nothing_live(),
        protection_follows_from_facts(),
        shares_sum_to_100(),
        owner_is_the_one_last_told(),
        owner_is_no_collaborator(),
        triggers_installed(LeadEvent._meta.db_table, ACCESS_TABLE, HISTORY_TABLE),
    ]


def machine_agrees_with_log() -> Check:
    """The step of each lead is the one its newest step event tells."""
    newest = LeadEvent.objects.filter(lead=OuterRef("pk"), kind__in=["created", "step"]).order_by("-id")
    rows = Lead.objects.annotate(told=Subquery(newest.values("to_value")[:1])).values_list(
        "number", "step", "told"
    )
    broken, count = [], 0
    for number, step, told in rows.iterator():
        count += 1
        if told != Step(step).code:
            broken.append(number)
    return check("machine_agrees_with_log", count, broken)


def lead_numbers_without_gaps() -> Check:
    """As many leads bear a day's number as the day's counter gave out."""
    given = dict(Counter.objects.filter(scope="lead").values_list("period", "last"))
    found: dict[str, int] = {}
    count = 0
    for number in Lead.objects.values_list("number", flat=True).iterator():
        count += 1
        period = number.split("-")[1]
        found[period] = found.get(period, 0) + 1
    broken = [
        period for period in given.keys() | found.keys() if given.get(period, 0) != found.get(period, 0)
    ]
    return check("lead_numbers_without_gaps", count, sorted(broken))


def customer_numbers_without_gaps() -> Check:
    groups = Customer.objects.values("group").annotate(rows=Count("id"), highest=Max("number"))
    broken = [row["group"] for row in groups if row["rows"] != row["highest"]]
    return check("customer_numbers_without_gaps", sum(row["rows"] for row in groups), broken)


def folded_cards_keep_nothing_live() -> Check:
    """Whoever was merged into another has no active lead and no number left that leads to him (SPEC A67)."""
    folded = Customer.objects.filter(merged_into__isnull=False)
    live = folded.filter(
        Q(leads__status="active") | Q(contact_points__ended_at=None, contact_points__id__gt=0)
    )
    return check(
        "folded_cards_keep_nothing_live", folded.count(), sorted(set(live.values_list("number", flat=True)))
    )


def contact_points_stay_in_their_group() -> Check:
    strays = ContactPoint.objects.exclude(group=F("customer__group")).values_list("pk", flat=True)
    return check("contact_points_stay_in_their_group", ContactPoint.objects.count(), list(strays))


def protection_follows_from_facts() -> Check:
    """`lapses_on` is what the pure function of visits, contacts and dates answers."""
    broken, count = [], 0
    stores = {}
    for lead in Lead.objects.select_related("store", "customer").iterator(chunk_size=2000):
        lead.store = stores.setdefault(lead.store_id, lead.store)
        count += 1
        if lead.lapses_on != lapses_on(lead):
            broken.append(lead.number)
    return check("protection_follows_from_facts", count, broken)


def shares_sum_to_100() -> Check:
    """The shares of each deal that counts for somebody (SPEC A17)."""
    sales = Credit.objects.filter(part=Credit.Part.SALE).values("lead__number")
    sums = sales.annotate(whole=Sum("share")).values_list("lead__number", "whole")
    broken = [number for number, whole in sums if whole != 100]
    return check("shares_sum_to_100", len(sums), broken)


def owner_is_the_one_last_told() -> Check:
    """One owner rules: the owner of each lead is the one its newest event about owners names."""
    newest = LeadEvent.objects.filter(lead=OuterRef("pk"), kind="owner").order_by("-id")
    opened = LeadEvent.objects.filter(lead=OuterRef("pk"), kind="created").order_by("-id")
    rows = Lead.objects.annotate(
        told=Subquery(newest.values("to_value")[:1]), at_first=Subquery(opened.values("data")[:1])
    ).values_list("number", "owner_id", "told", "at_first")
    broken, count = [], 0
    for number, owner, told, at_first in rows.iterator():
        count += 1
        first = (at_first or {}).get("owner")
        if (told if told is not None else str(first or "")) != str(owner or ""):
            broken.append(number)
    return check("owner_is_the_one_last_told", count, broken)


def owner_is_no_collaborator() -> Check:
    open_rows = Collaborator.objects.filter(ends_on=None)
    both = open_rows.filter(user=F("lead__owner")).values_list("lead__number", flat=True)
    return check("owner_is_no_collaborator", open_rows.count(), list(both))
