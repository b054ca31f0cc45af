"""One customer brings another: named before the first visit, rewarded at delivery (SPEC OWN-05, A21)."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.counters import take
from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.roles import SELLING, Role
from accounts.rules import setting

from .access import may_own, may_work_on
from .identity import customer_counter, live_contact_point, write_name_keys
from .intake import lead_counter, lead_number, open_lead, record_opening
from .log import record
from .models import ContactPoint, Customer, Lead, ReferralReward
from .models.log import EventKind
from .moves import lock_lead
from .ownership import own_by_number
from .phones import Phone, read_phone
from .rewards import may_pay
from .steps import Step

TIPPED = "tipped"  # source group: brought by a customer or colleague (SPEC DEV-04)


@dataclass(frozen=True)
class Reward:
    """Money in the store's currency, or a gift; one of the two."""

    amount: Decimal | None = None
    gift: str = ""


# --- who brought whom ---------------------------------------------------------------------


@transaction.atomic
def refer(
    store: Store, referrer: Customer, *, name: str, phone_text: str = "", by: User, at: dt.datetime
) -> Lead:
    """A customer names somebody who has not been here: a lead, owned from the moment there is a number.

    Without a number the lead is in the pool until somebody obtains one (SPEC OWN-05). `at` UTC.
    NotAllowed: a role that sells nothing here. Refused: no name, half a number, a known number.
    """
    if not by.roles_in(store) & set(SELLING):
        raise NotAllowed(_("Your role owns no customers in this store."))
    if not name.strip():
        raise Refused(_("Type the name."), field="name")
    phone = _phone(store, phone_text) if phone_text.strip() else None
    on = store.business_date(at)
    number, serial = take(customer_counter(store), lead_counter(on))
    customer = Customer.objects.create(
        group_id=store.group_id, number=number, name=name.strip(), card_opened_at=at if phone else None
    )
    write_name_keys(customer)
    if phone:
        _write_number(customer, phone, by=by, at=at)
    lead = open_lead(
        store,
        customer,
        number=lead_number(on, serial),
        owner=by if phone else None,
        step=Step.PROSPECTING,
        at=at,
        recorded_at=at,
        referrer=referrer,
        source_group=TIPPED,
    )
    record_opening(lead, by=by)
    _record(lead, "named", by=by, at=at)
    return lead


def _phone(store: Store, text: str) -> Phone:
    phone = read_phone(text, country=store.country, store_code=store.code)
    if phone is None:
        raise Refused(_("This is no whole phone number."), field="phone")
    if live_contact_point(store.group_id, phone.value):
        raise Refused(
            _("We know this number already. Search for it and name the referrer there."), field="phone"
        )
    return phone


def _write_number(customer: Customer, phone: Phone, *, by: User, at: dt.datetime) -> None:
    try:
        with transaction.atomic():
            ContactPoint.objects.create(
                customer=customer,
                group_id=customer.group_id,
                kind=ContactPoint.Kind.PHONE,
                value=phone.value,
                tail=phone.tail,
                valid=phone.valid,
                obtained_at=at,
                obtained_by=by,
            )
    except IntegrityError:
        raise Refused(_("Somebody just wrote this number. Search for it."), field="phone") from None


@transaction.atomic
def obtain_number(lead_id: int, phone_text: str, *, by: User, at: dt.datetime) -> Lead:
    """The number of somebody who was only named: whoever obtains it owns the lead from then on (OWN-05).

    NotAllowed: who may not own it. Refused: there is a number already, half a number, a known one.
    """
    lead = lock_lead(lead_id)
    if not may_own(lead, by):
        raise NotAllowed(_("Your role owns no customers in this store."))
    if has_a_number(lead):
        raise Refused(_("There is a number already."), field="phone")
    phone = _phone(lead.store, phone_text)
    _write_number(lead.customer, phone, by=by, at=at)
    lead.customer.card_opened_at = at
    lead.customer.save(update_fields=["card_opened_at"])
    return own_by_number(lead, by, at=at)


def has_a_number(lead: Lead) -> bool:
    return ContactPoint.objects.filter(customer=lead.customer_id, ended_at=None).exists()


@transaction.atomic
def name_referrer(lead_id: int, phone_text: str, *, by: User, at: dt.datetime) -> Lead:
    """Say which customer brought this one, by his number; only before the first visit (SPEC A21)."""
    lead = lock_lead(lead_id)
    _check_work(lead, by, at=at)
    if lead.last_visit_at:
        raise Refused(_("A referrer is named before the first visit."))
    phone = read_phone(phone_text, country=lead.store.country, store_code=lead.store.code)
    known = live_contact_point(lead.store.group_id, phone.value) if phone else None
    if known is None:
        raise Refused(_("Nobody has this number. Type the number of a customer we know."), field="phone")
    if known.customer_id == lead.customer_id:
        raise Refused(_("Nobody refers himself. Type the referrer's number."), field="phone")
    lead.referrer, lead.source_group = known.customer, TIPPED
    lead.version += 1
    lead.save(update_fields=["referrer", "source_group", "version"])
    _record(lead, "named", by=by, at=at)
    return lead


def _check_work(lead: Lead, by: User, *, at: dt.datetime) -> None:
    if not may_work_on(lead, by, now=at):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))


def _record(lead: Lead, what: str, *, by, at: dt.datetime) -> None:
    data = {"referrer": lead.referrer_id}
    record(lead, EventKind.REFERRAL, at=at, recorded_at=at, by=by, to_value=what, data=data)


# --- what the referrer gets ---------------------------------------------------------------


@transaction.atomic
def promise_reward(
    lead_id: int,
    reward: Reward,
    *,
    by: User,
    at: dt.datetime,
    check: Callable[[ReferralReward | None], None] | None = None,
) -> ReferralReward:
    """Write what the referrer is to get, until the manager approves it.

    `check` is asked under lock with what was promised before, if anything was; it may refuse.
    Refused: no referrer, money and a gift, or neither.
    """
    lead = lock_lead(lead_id)
    _check_work(lead, by, at=at)
    if lead.referrer_id is None:
        raise Refused(_("Name the referrer first."))
    if bool(reward.amount) == bool(reward.gift.strip()) or (reward.amount or 0) < 0:
        raise Refused(_("Money or a gift: fill in one of the two."), field="amount")
    row = ReferralReward.objects.filter(lead=lead).first()
    if row and row.approved_at:
        raise Refused(_("The manager has approved it. It stays as it is."))
    if check:
        check(row)
    row = row or ReferralReward(lead=lead)
    row.referrer_id, row.amount, row.gift = lead.referrer_id, reward.amount or None, reward.gift.strip()
    row.rule = _rule_of(lead.store, row.amount)
    row.due_on = row.due_on or _delivered_on(lead)
    row.save()
    _record(lead, "promised", by=by, at=at)
    return row


def usual_reward(store: Store) -> Decimal | None:
    """What the store gives by its rule (setting `referral_reward`); None without one."""
    return Decimal(setting(store, "referral_reward")) or None


def _rule_of(store: Store, amount: Decimal | None) -> str:
    by_rule = amount is not None and amount == usual_reward(store)
    return ReferralReward.Rule.STORE if by_rule else ReferralReward.Rule.OWN


@transaction.atomic
def approve_reward(lead_id: int, *, by: User, at: dt.datetime) -> ReferralReward:
    """The manager says yes. NotAllowed: anybody else. Refused: approved already, or none promised."""
    lead, row = _reward(lead_id)
    if Role.MANAGER not in by.roles_in(lead.store):
        raise NotAllowed(_("Only the manager approves rewards."))
    if row.approved_at:
        raise Refused(_("It is approved already."))
    row.approved_by, row.approved_at = by, at
    row.save(update_fields=["approved_by", "approved_at"])
    _record(lead, "approved", by=by, at=at)
    return row


@transaction.atomic
def pay_reward(lead_id: int, *, by: User, at: dt.datetime) -> ReferralReward:
    """Note that the referrer has it, paid by whom. NotAllowed: see `may_pay`.

    Refused: not approved, the car not delivered, paid already.
    """
    lead, row = _reward(lead_id)
    if not may_pay(by, lead.store):
        raise NotAllowed(_("Only the finance clerk pays rewards."))
    if row.paid_at:
        raise Refused(_("It is paid already."))
    if not row.approved_at:
        raise Refused(_("Approve it first."))
    if not row.due_on:
        raise Refused(_("It is due when the car is delivered."))
    row.paid_at, row.paid_by = at, by
    row.save(update_fields=["paid_at", "paid_by"])
    _record(lead, "paid", by=by, at=at)
    return row


def _reward(lead_id: int) -> tuple[Lead, ReferralReward]:
    lead = lock_lead(lead_id)
    row = ReferralReward.objects.filter(lead=lead).first()
    if row is None:
        raise Refused(_("No reward is promised."))
    return lead, row


def _delivered_on(lead: Lead) -> dt.date | None:
    return lead.store.business_date(lead.step_entered_at) if lead.step == Step.FOLLOW_UP else None


def on_lead_event(lead: Lead, event) -> None:
    """LEAD_LISTENERS: the reward is due on the store day of the delivery."""
    if event.kind == EventKind.STEP and event.to_value == Step.FOLLOW_UP.code and lead.referrer_id:
        unpaid = ReferralReward.objects.filter(lead=lead, paid_at=None)
        unpaid.update(due_on=lead.store.business_date(event.at))
