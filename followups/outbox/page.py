"""What the page of the outbox tells: what waits, what left today, what failed, whether all is stopped."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.date_words import near_day
from accounts.models import Store
from followups.models import Channel, Outbox
from leads.phones import mask

from .backends import is_set_up
from .kinds import MESSAGE_KINDS
from .pausing import standing_pauses
from .reasons import REASONS

DAYS = dt.timedelta(days=30)  # what is older is history
MOST = 50
WAITING = (Outbox.State.QUEUED, Outbox.State.SENDING)


@dataclass(frozen=True)
class Line:
    """A message as its reader knows it; the number or address is masked."""

    row: Outbox
    title: str
    to: str
    when: str
    reason: str

    @property
    def leaves(self) -> bool:
        return self.row.state == Outbox.State.SENDING


class OutboxPage:
    """The messages of one store at an instant: two statements for counts, one for each list."""

    def __init__(self, store: Store, now: dt.datetime):
        self.store, self.now, self.today = store, now, store.business_date(now)

    @cached_property
    def pauses(self) -> list:
        return standing_pauses()

    @property
    def sends_nothing(self) -> bool:
        """Whether this server has no way out to customers."""
        return not (is_set_up(Channel.SMS) or is_set_up(Channel.EMAIL))

    @property
    def rows(self) -> QuerySet:
        return Outbox.objects.filter(store=self.store, queued_at__gte=self.now - DAYS)

    @property
    def _sent_today(self) -> Q:
        return Q(state=Outbox.State.SENT, ended_at__gte=self.store.start_of_day(self.today))

    @cached_property
    def counts(self) -> dict[str, int]:
        return self.rows.aggregate(
            waiting=Count("pk", filter=Q(state__in=WAITING)),
            sent=Count("pk", filter=self._sent_today),
            failed=Count("pk", filter=Q(state=Outbox.State.FAILED)),
        )

    @cached_property
    def failed(self) -> list[Line]:
        return self._lines(self.rows.filter(state=Outbox.State.FAILED).order_by("-ended_at", "-pk"))

    @cached_property
    def waiting(self) -> list[Line]:
        return self._lines(self.rows.filter(state__in=WAITING).order_by("not_before", "pk"))

    @cached_property
    def sent(self) -> list[Line]:
        return self._lines(self.rows.filter(self._sent_today).order_by("-ended_at", "-pk"))

    def _lines(self, rows: QuerySet) -> list[Line]:
        joined = rows.select_related("lead__customer", "point", "staff_channel", "sender")
        return [self._line(row) for row in joined[:MOST]]

    def _line(self, row: Outbox) -> Line:
        kind = MESSAGE_KINDS.get(row.kind)
        local = (row.ended_at or row.not_before).astimezone(self.store.zone)
        return Line(
            row=row,
            title=str(kind.label) if kind else row.subject,
            to=row.staff_channel.name if row.staff_channel else mask(row.point.value),
            when=f"{near_day(local.date(), today=self.today)} {local:%H:%M}",
            reason=str(REASONS.get(row.reason, _("Something went wrong."))) if row.reason else "",
        )
