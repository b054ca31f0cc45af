"""Customers for whom nothing is planned (SPEC FLOW-09): one definition for My day, the list and the night."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Store
from accounts.rules import setting
from leads.lists import without_date
from leads.models import Grade
from leads.steps import Step

from .models import Appointment, Task

HOT = (Grade.O, Grade.H)


def without_next_step(leads: QuerySet, store: Store, on: dt.date) -> QuerySet:
    """Those without a next date, an open task, or an appointment from a store day on; who is new and was
    never tried stands with the new ones.
    """
    task = Task.objects.filter(lead=OuterRef("pk"), state=Task.State.OPEN)
    planned = Appointment.objects.filter(
        lead=OuterRef("pk"), state=Appointment.State.PLANNED, at__gte=store.start_of_day(on)
    )
    met = Q(step__gt=Step.PROSPECTING) | Q(first_attempt_at__isnull=False)
    return without_date(leads).filter(met).exclude(Exists(task)).exclude(Exists(planned))


def rested(leads: QuerySet, store: Store, on: dt.date) -> QuerySet:
    """Those of whom one may be reminded on a store day: `quiet_days` after the last talk or visit, or the
    import, O and H at once (SPEC CAD-04, A02, A01).
    """
    before = store.start_of_day(on - dt.timedelta(days=setting(store, "quiet_days") - 1))
    quiet = Q(created_at__lt=before)
    quiet &= Q(last_contact_at=None) | Q(last_contact_at__lt=before)
    quiet &= Q(last_visit_at=None) | Q(last_visit_at__lt=before)
    return leads.filter(quiet | Q(grade__in=HOT))
