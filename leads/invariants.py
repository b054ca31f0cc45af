"""What must hold of customers, leads and their log."""

from django.db.models import Count, F, Max, OuterRef, Subquery

from accounts.invariants import ACCESS_TABLE, Check, check, triggers_installed
from accounts.models import Counter

from .models import ContactPoint, Customer, Lead, LeadEvent
from .protection import lapses_on
from .steps import Step


def checks() -> list[Check]:
    return [
        machine_agrees_with_log(),
        lead_numbers_without_gaps(),
        customer_numbers_without_gaps(),
        contact_points_stay_in_their_group(),
        protection_follows_from_facts(),
        triggers_installed(LeadEvent._meta.db_table, ACCESS_TABLE),
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


def contact_points_stay_in_their_group() -> Check:
    strays = ContactPoint.objects.exclude(group=F("customer__group")).values_list("pk", flat=True)
    return check("contact_points_stay_in_their_group", ContactPoint.objects.count(), list(strays))


def protection_follows_from_facts() -> Check:
    """`lapses_on` is what the pure function of visits, contacts and dates answers."""
    broken, count = [], 0
    stores = {}
    for lead in Lead.objects.select_related("store").iterator(chunk_size=2000):
        lead.store = stores.setdefault(lead.store_id, lead.store)
        count += 1
        if lead.lapses_on != lapses_on(lead):
            broken.append(lead.number)
    return check("protection_follows_from_facts", count, broken)
