"""What must hold of the walk-in register."""

from django.db.models import Count, Max

from accounts.invariants import Check, check
from accounts.models import Counter

from .models import Visit


def checks() -> list[Check]:
    return [serials_without_gaps(), visits_belong_to_their_customer()]


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


def visits_belong_to_their_customer() -> Check:
    visits = Visit.objects.filter(lead__isnull=False)
    broken = [
        pk
        for pk, of, owner in visits.values_list("pk", "customer", "lead__customer").iterator()
        if of != owner
    ]
    return check("visits_belong_to_their_customer", visits.count(), broken)
