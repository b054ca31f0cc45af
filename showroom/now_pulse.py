"""What the day of a showroom adds up to, and whether a screen still shows it: one statement."""

import datetime as dt
import hashlib
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import get_language

from accounts.models import Store
from leads.steps import Step

from .reminding import look_freely

# Sums and counts that another row changes: what a screen shows is compared by them, never row by row.
PULSE = """
    SELECT seen.batches, seen.persons,
           (SELECT COUNT(DISTINCT event.lead_id) FROM leads_leadevent event
             WHERE event.store_id = %(store)s AND event.kind = 'step' AND event.to_value = %(deal)s
               AND event.at BETWEEN %(start)s AND %(end)s) AS deals,
           seen.*, cars.*, dates.*,
           (SELECT version FROM showroom_rotaday day WHERE day.store_id = %(store)s AND day."on" = %(on)s),
           (SELECT MAX(pull.id) FROM showroom_pull pull JOIN showroom_rotaday day ON day.id = pull.day_id
             WHERE day.store_id = %(store)s AND day."on" = %(on)s),
           (SELECT MAX(event.id) FROM leads_leadevent event JOIN showroom_visit visit
                ON visit.lead_id = event.lead_id
             WHERE visit.store_id = %(store)s AND visit."on" = %(on)s AND visit.left_at IS NULL),
           (SELECT MAX(proof.id) FROM leads_evidence proof JOIN showroom_visit visit
                ON visit.lead_id = proof.lead_id
             WHERE visit.store_id = %(store)s AND visit."on" = %(on)s AND visit.left_at IS NULL)
      FROM (SELECT SUM(CASE WHEN counts THEN 1 ELSE 0 END) AS batches,
                   SUM(CASE WHEN counts THEN persons ELSE 0 END) AS persons,
                   COUNT(*), COUNT(left_at), COUNT(voided_at), COUNT(approached_at), COUNT(manager_met_at),
                   SUM(receiver_id), SUM(assistant_id), SUM(car_model_id), SUM(customer_id), COUNT(lead_id),
                   SUM(LENGTH(CAST(hot_signals AS TEXT))), SUM(LENGTH(name_text)),
                   SUM(CASE WHEN left_at IS NULL AND arrived_at <= %(looked)s THEN 1 ELSE 0 END)
              FROM (SELECT visit.*, kind <> 'other_business' AND voided_at IS NULL AS counts
                      FROM showroom_visit visit WHERE store_id = %(store)s AND "on" = %(on)s) visit) seen,
           (SELECT SUM(CASE state WHEN 'running' THEN booking.id ELSE 0 END),
                   SUM(CASE state WHEN 'returned' THEN booking.id ELSE 0 END),
                   SUM(CASE state WHEN 'planned' THEN booking.id ELSE 0 END), MIN(ends_at), MAX(ends_at),
                   COUNT(drive.feedback_at)
              FROM showroom_booking booking LEFT JOIN showroom_drive drive ON drive.booking_id = booking.id
             WHERE booking.store_id = %(store)s AND starts_at < %(end)s AND ends_at > %(start)s) cars,
           (SELECT SUM(CASE state WHEN 'planned' THEN id ELSE 0 END),
                   SUM(CASE state WHEN 'showed' THEN id ELSE 0 END)
              FROM followups_appointment
             WHERE store_id = %(store)s AND at BETWEEN %(start)s AND %(end)s) dates"""


@dataclass(frozen=True)
class Pulse:
    """The counted visits, persons and deals of a day; `stamp` = which state of it a screen shows."""

    batches: int
    persons: int
    deals: int
    stamp: str


def read_pulse(store: Store, *, now: dt.datetime) -> Pulse:
    """The day of a store at an instant (UTC); the stamp changes with every change, reminder and minute."""
    on = store.business_date(now)
    moment, (start, end) = connection.ops.adapt_datetimefield_value, store.day(on)
    values = {
        "store": store.pk,
        "on": connection.ops.adapt_datefield_value(on),
        "start": moment(start),
        "end": moment(end),
        "looked": moment(now - look_freely(store)),
        "deal": Step.DEAL.code,
    }
    with connection.cursor() as cursor:
        cursor.execute(PULSE, values)
        batches, persons, deals, *rest = cursor.fetchone()
    told = "-".join(str(value or "") for value in (*rest, store.rules_stamp[:8], get_language()))
    stamp = hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest()[:16]
    return Pulse(batches or 0, persons or 0, deals or 0, f"{stamp}-{now:%H%M}")
