"""Families and companies: who counts as the same customer (SPEC OWN-03, OWN-04)."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.counters import take
from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.prepared import Prepared
from accounts.roles import RECEIVING

from .access import may_work_on
from .identity import customer_counter, live_contact_point, new_customer
from .models import Customer, CustomerLink, FieldChange, Lead
from .models.leads import Status
from .moves import lock_lead
from .phones import read_phone

Relation = CustomerLink.Relation
SAME_CUSTOMER = {Relation.SPOUSE, Relation.PARENT, Relation.CHILD, Relation.SHAREHOLDER}
OF_A_COMPANY = {Relation.SHAREHOLDER, Relation.EMPLOYEE}
SEEN_FROM_THE_OTHER = {Relation.PARENT: Relation.CHILD, Relation.CHILD: Relation.PARENT}


def link(customer: Customer, other: Customer, relation: str, *, by: User, at: dt.datetime) -> CustomerLink:
    """Write what `other` is to `customer`; the newest word about a pair stands.

    Refused: the same person, another group, or a shareholder or employee where neither is a company.
    """
    if customer.pk == other.pk or customer.group_id != other.group_id:
        raise Refused(_("This is the same customer. Type the other one's number."), field="phone")
    company = Customer.Kind.ORGANISATION in (customer.kind, other.kind)
    if (relation in OF_A_COMPANY) != company:
        raise Refused(
            _("Shareholders and employees belong to a company, families to a person."), field="relation"
        )
    one, two = customer, other
    if one.pk > two.pk:
        one, two, relation = other, customer, SEEN_FROM_THE_OTHER.get(relation, relation)
    row, _new = CustomerLink.objects.update_or_create(
        one=one, other=two, defaults={"relation": relation, "same_customer": relation in SAME_CUSTOMER}
    )
    _note(customer, new=f"{relation} {other.number}", by=by, at=at)
    return row


def _note(customer: Customer, *, old: str = "", new: str = "", by: User, at: dt.datetime) -> None:
    FieldChange.objects.create(
        ref_kind=FieldChange.Of.CUSTOMER,
        ref_id=customer.pk,
        field="household",
        old=old,
        new=new,
        by=by,
        at=at,
    )


def add_relative(
    lead_id: int, relation: str, *, phone_text: str, name: str, by: User, at: dt.datetime
) -> CustomerLink:
    """Link the customer of a lead to whoever has this number, a new customer when nobody has it.

    `at` UTC. NotAllowed: a colleague's customer. Refused: no whole phone number, an unknown relation.
    """
    try:
        with transaction.atomic():
            return _add_relative(lead_id, relation, phone_text=phone_text, name=name, by=by, at=at)
    except IntegrityError:  # somebody wrote the same number: now it is known
        with transaction.atomic():
            return _add_relative(lead_id, relation, phone_text=phone_text, name=name, by=by, at=at)


def _add_relative(lead_id, relation, *, phone_text, name, by, at) -> CustomerLink:
    [lead] = _with_customer(lead=lead_id)
    if not may_work_on(lead, by, now=at):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    if relation not in Relation.values:
        raise Refused(_("Tap what they are to each other."), field="relation")
    phone = read_phone(phone_text, country=lead.store.country, store_code=lead.store.code)
    if phone is None:
        raise Refused(_("This is no whole phone number."), field="phone")
    known = live_contact_point(lead.store.group_id, phone.value)
    if known:
        return link(lead.customer, known.customer, relation, by=by, at=at)
    (number,) = take(customer_counter(lead.store))
    other = new_customer(lead.store, phone, number=number, name=name.strip(), by=by, at=at)
    return link(lead.customer, other, relation, by=by, at=at)


@Prepared
def _with_customer(*, lead: int) -> QuerySet:
    return Lead.objects.filter(pk=lead).select_related("store", "customer")


@transaction.atomic
def unlink(lead_id: int, link_id: int, *, by: User, at: dt.datetime) -> None:
    """Take a wrong link of the lead's customer away; CustomerLink.DoesNotExist when it is not his."""
    lead = lock_lead(lead_id)
    if not may_work_on(lead, by, now=at):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    row = _links(lead.customer_id).get(pk=link_id)
    _note(lead.customer, old=f"{row.relation} {row.one_id} {row.other_id}", by=by, at=at)
    row.delete()


def _links(customer_id: int):
    """The links of a customer and of the cards that were merged into his."""
    mine = [Q(**{side: customer_id}) for side in ("one", "other", "one__merged_into", "other__merged_into")]
    return CustomerLink.objects.filter(mine[0] | mine[1] | mine[2] | mine[3])


def relatives(customer: Customer) -> list[tuple[CustomerLink, Customer, str]]:
    """The linked customers of one, each with what it is to him, in words."""
    rows = _links(customer.pk).select_related("one__merged_into", "other__merged_into").order_by("pk")
    seen = [(row, *_seen_from(customer, row)) for row in rows]
    return [(row, other, words) for row, other, words in seen if other != customer]


def _seen_from(customer: Customer, row: CustomerLink) -> tuple[Customer, str]:
    one, other = (person.merged_into or person for person in (row.one, row.other))
    relation = Relation(row.relation)
    if one != customer:
        one, other = other, one
        relation = SEEN_FROM_THE_OTHER.get(relation, relation)
    if relation in OF_A_COMPANY and other.kind == Customer.Kind.ORGANISATION:
        return other, _("Company")
    return other, str(relation.label)


def family_lead(customer: Customer, store: Store) -> Lead | None:
    """The lead whose owner a first enquiry of this customer goes to: that of the same customer's family.

    Two statements at most, one when nobody is linked. None: no family here, or none with an owner who
    receives customers.
    """
    family = _links(customer.pk).filter(same_customer=True)
    pairs = family.values_list(Coalesce("one__merged_into", "one"), Coalesce("other__merged_into", "other"))
    ids = {pk for pair in pairs for pk in pair} - {customer.pk}
    if not ids:
        return None
    receives = {"memberships__store": store, "memberships__role__in": RECEIVING, "memberships__ends_on": None}
    owners = User.objects.filter(is_active=True, **receives)
    leads = Lead.objects.filter(
        store=store, customer__in=ids, status__in=(Status.ACTIVE, Status.DORMANT), owner__in=owners
    )
    return leads.select_related("owner", "customer").order_by("-step", "pk").first()
