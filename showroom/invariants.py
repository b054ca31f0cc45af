"""What must hold of the two registers."""

from django.db.models import Count, Max

from accounts.invariants import Check, check
from accounts.models import Counter

from .models import Call, Visit


def checks() -> list[Check]:
    return [
        serials_without_gaps(),
        call_serials_without_gaps(),
        belongs_to_its_customer("visits_belong_to_their_customer", Visit),
        belongs_to_its_customer("calls_belong_to_their_customer", Call),
    ]


def serials_without_gaps() -> Check:
    """Each day's rows run 1, 2, 3 ... in both serials, up to the day's counters (SPEC RECP-10)."""
    given = {
        (counter.scope, counter.period): counter.last
        for counter in Counter.objects.filter(scope__startswith="flow:")
        | Counter.objects.filter(scope__startswith="walkin:")
    }
    days = Visit.objects.values("store", "on").annotate(
        rows=Count("id"),
        flow=Max("flow_serial"),
        registered=Count("register_serial"),
        register=Max("register_serial"),
    )
    broken, rows = [], 0
    for day in days:
        rows += day["rows"]
        key = day["on"].isoformat()
        flow = given.pop((f"flow:{day['store']}", key), 0)
        register = given.pop((f"walkin:{day['store']}", key), 0)
        if not (
            day["rows"] == day["flow"] == flow and day["registered"] == (day["register"] or 0) == register
        ):
            broken.append(f"{day['store']}:{key}")
    broken += [":".join(key) for key, last in given.items() if last]
    return check("serials_without_gaps", rows, broken)


def call_serials_without_gaps() -> Check:
    """Each day's calls run 1, 2, 3 ... up to the day's counter (SPEC RECP-10)."""
    counters = Counter.objects.filter(scope__startswith="call:")
    given = {(counter.scope, counter.period): counter.last for counter in counters}
    days = Call.objects.values("store", "on").annotate(rows=Count("id"), last=Max("serial"))
    broken, rows = [], 0
    for day in days:
        rows += day["rows"]
        key = (f"call:{day['store']}", day["on"].isoformat())
        counted = given.pop(key, 0)
        if not day["rows"] == day["last"] == counted:
            broken.append(":".join(key))
    broken += [":".join(key) for key, last in given.items() if last]
    return check("call_serials_without_gaps", rows, broken)


def belongs_to_its_customer(name: str, register) -> Check:
    """A row's customer is its lead's."""
    rows = register.objects.filter(lead__isnull=False)
    pairs = rows.values_list("pk", "customer", "lead__customer").iterator()
    return check(name, rows.count(), [pk for pk, of, owner in pairs if of != owner])
