"""Whom one may write to: somebody with a live contact point who has not asked to stop (SPEC A10, A16)."""

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.prepared import Prepared
from leads.acts import known
from leads.models import Consent, ContactPoint, Customer, Lead


def writable(customers: QuerySet) -> QuerySet:
    """Those of them whom one may write to; the newest word on being contacted decides."""
    points = ContactPoint.objects.filter(customer=OuterRef("pk"), ended_at=None, valid=True)
    words = Consent.objects.filter(customer=OuterRef("pk"), purpose="contact").order_by("-at", "-id")
    agrees = Coalesce(Subquery(words.values("given")[:1]), Value(True))
    return customers.alias(agrees=agrees).filter(Exists(points), agrees=True)


def may_write_to(lead: Lead) -> bool:
    """Whether one may write to a lead's customer."""
    read = known(lead, "writable")
    return any(_writable(customer=lead.customer_id)) if read is None else read


@Prepared
def _writable(*, customer: int) -> QuerySet:
    return writable(Customer.objects.filter(pk=customer)).values_list("pk", flat=True)
