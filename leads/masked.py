"""The masked card: what whoever sells may know of a colleague's and of the pool's customers (SPEC A70)."""

from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from accounts.models import Store
from accounts.prepared import Prepared

from .lists import LISTING
from .models import Lead
from .models.leads import Status
from .steps import Step


def pool_of(store: Store) -> QuerySet:
    """The active leads of a store that nobody owns; whose car is delivered is not to be won any more."""
    return Lead.objects.filter(store=store, owner=None, status=Status.ACTIVE, step__lt=Step.FOLLOW_UP)


def masked_or_404(request: HttpRequest, number: str) -> Lead:
    """Any lead of the store of the session, for those who have a list of customers there."""
    if request.store is None or not request.user.roles_in(request.store) & set(LISTING):
        raise Http404
    for lead in _of_number(store=request.store.pk, number=number.replace("\0", "")):
        return lead
    raise Http404


@Prepared
def _of_number(*, store: int, number: str) -> QuerySet:
    leads = Lead.objects.filter(store=store, number=number).exclude(status=Status.VOID)
    return leads.select_related("customer", "store", "owner")
