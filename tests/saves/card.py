"""How each save about dates, ends and the card is sent."""

from followups.appointments import make_appointment
from followups.out_visits import plan_out_visit
from leads.collaborators import add_collaborator
from leads.disputes import open_dispute
from leads.household import add_relative
from leads.losing import Loss, lose
from leads.models import LapseProposal, Lead, Term
from leads.moves import lock_lead
from leads.ownership import set_owner
from leads.setting_aside import set_aside
from showroom.models import Visit
from tests.conftest import at
from tests.factories import PhoneFactory
from tests.showroom.known import know

from .day import DAY, NOW, PHONE, TODAY, save, to

# --- contacts, dates, ends -------------------------------------------------------------------------


def sheet_of(day, name: str) -> str:
    return to(f"followups:{name}", day.lead.number)


@save
def logs_a_talk(day):
    return (
        day.li,
        sheet_of(day, "log"),
        {"outcome": "comparing", "next_pick": "2026-03-14", "text": "想看后排"},
    )


@save
def logs_that_they_come(day):
    typed = {"outcome": "coming", "next_pick": "pick", "next_on": "2026-03-18", "coming_time": "14:15"}
    return day.li, sheet_of(day, "log"), typed


@save
def logs_that_nobody_answered(day):
    return day.li, sheet_of(day, "log"), {"outcome": "no_answer"}


@save
def logs_that_they_want_no_calls(day):
    return day.li, sheet_of(day, "log"), {"outcome": "stop"}


@save
def sends_a_message(day):
    return day.li, sheet_of(day, "message"), {"text": "您好"}


@save
def loses_them(day):
    return day.li, sheet_of(day, "lose"), {"reason": "price", "opinion": "太贵"}


@save
def lets_them_rest(day):
    return day.li, sheet_of(day, "rest"), {"reason": "later", "wake_pick": "2026-06-10"}


@save
def strikes_them_out(day):
    return day.li, sheet_of(day, "invalidate"), {"reason": "test"}


@save
def wakes_them(day):
    set_aside(lock_lead(day.lead.pk), status="dormant", wake_on="2026-05-01", by=day.li, at=NOW, now=NOW)
    return day.li, sheet_of(day, "back"), {}


@save
def wins_them_back(day):
    set_aside(lock_lead(day.lead.pk), status="lost", by=day.li, at=NOW, now=NOW)
    return day.chen, sheet_of(day, "back"), {"reason": "customer_called"}


@save
def opens_a_second_car(day):
    Lead.objects.filter(pk=day.lead.pk).update(step=7)
    return day.li, sheet_of(day, "another"), {"car_model": day.other_model.pk}


@save
def plans_a_visit_to_them(day):
    return (
        day.li,
        sheet_of(day, "out_visit"),
        {"on": "2026-03-14", "time": "15:00", "ready": ["product", "company"]},
    )


@save
def moves_a_visit_to_them(day):
    plan_out_visit(day.lead.pk, at("2026-03-14 15:00"), (), by=day.li, now=NOW)
    return day.li, sheet_of(day, "out_visit"), {"on": "2026-03-15", "time": "15:00", "ready": ["product"]}


@save
def comes_back_from_them(day):
    plan_out_visit(day.lead.pk, at(f"{DAY} 14:00"), (), by=day.li, now=at(f"{DAY} 09:00"))
    return day.li, sheet_of(day, "out_visit"), {"act": "end", "outcome": "looking", "text": "喝茶"}


@save
def confirms_an_appointment(day):
    planned = make_appointment(day.lead.pk, at("2026-03-13 14:15"), by=day.li, now=NOW)
    return day.li, to("followups:confirm", planned.pk), {}


@save
def moves_an_appointment(day):
    planned = make_appointment(day.lead.pk, at("2026-03-14 14:15"), by=day.li, now=NOW)
    return day.li, to("followups:appointment", planned.pk), {"on": "2026-03-15", "time": "14:30"}


@save
def calls_an_appointment_off(day):
    planned = make_appointment(day.lead.pk, at("2026-03-14 14:15"), by=day.li, now=NOW)
    return day.li, to("followups:appointment", planned.pk), {"act": "cancel"}


@save
def decides_a_lapse(day):
    row = LapseProposal.objects.create(lead=day.lead, store=day.store, owner=day.li, lapses_on=TODAY)
    return day.chen, to("followups:lapse"), {"proposal": row.pk, "decision": "pool"}


# --- the card -------------------------------------------------------------------------------------


def card_of(day, name: str) -> str:
    return to(f"leads:{name}", day.lead.number)


@save
def moves_a_step_by_hand(day):
    return day.li, card_of(day, "move"), {"to": "walkaround", "reason": "电话里说好"}


@save
def edits_the_card(day):
    return day.li, card_of(day, "edit"), {"family": "两个孩子", "hobbies": "钓鱼"}


def versions(day) -> dict:
    return {"customer_version": day.lead.customer.version, "lead_version": day.lead.version}


@save
def adds_a_number(day):
    return day.li, card_of(day, "points"), versions(day) | {"kind": "phone", "value": "139 0000 0002"}


@save
def ends_a_number(day):
    point = PhoneFactory(customer=day.lead.customer, value="+8613900000002")
    return day.li, card_of(day, "points"), versions(day) | {"act": "end", "point": point.pk}


@save
def notes_a_consent(day):
    typed = {"purpose": "marketing", "channel": "wechat", "evidence": "written", "given": "1"}
    return day.li, card_of(day, "consents"), versions(day) | typed


@save
def reveals_a_number(day):
    return day.li, card_of(day, "reveal"), {}


@save
def gives_them_away(day):
    return day.li, card_of(day, "give"), {"person": day.wang.pk}


@save
def gives_them_to_the_pool(day):
    return day.chen, card_of(day, "give"), {"person": "pool"}


@save
def takes_from_the_pool(day):
    set_owner(
        lock_lead(day.lead.pk), None, by=day.chen, at=at(f"{DAY} 09:00"), recorded_at=NOW, reason="lapsed"
    )
    return day.wang, card_of(day, "take"), {}


@save
def shares_them(day):
    return day.li, card_of(day, "collaborators"), {"person": day.wang.pk}


@save
def shares_them_no_longer(day):
    add_collaborator(day.lead.pk, day.wang, by=day.li, at=NOW)
    return day.li, card_of(day, "collaborators"), {"end": day.wang.pk}


@save
def claims_them(day):
    Visit.objects.filter(lead=day.lead).update(receiver=day.wang)
    return day.wang, card_of(day, "claim"), {"claim": "我接待的"}


@save
def decides_a_dispute(day):
    Visit.objects.filter(lead=day.lead).update(receiver=day.wang)
    row = open_dispute(day.lead.pk, by=day.wang, claim="我接待的", at=NOW)
    return day.chen, to("leads:dispute", row.pk), {"person": day.wang.pk, "reason": "先到"}


@save
def gives_way(day):
    Visit.objects.filter(lead=day.lead).update(receiver=day.wang)
    row = open_dispute(day.lead.pk, by=day.wang, claim="我接待的", at=NOW)
    return day.li, to("leads:dispute", row.pk), {}


@save
def links_a_relative(day):
    return day.li, card_of(day, "family"), {"relation": "spouse", "phone": "13905186633", "name": "王丽"}


@save
def unlinks_a_relative(day):
    link = add_relative(day.lead.pk, "spouse", phone_text="13905186633", name="王丽", by=day.li, at=NOW)
    return day.li, card_of(day, "family"), {"unlink": link.pk}


@save
def refers_somebody(day):
    return day.li, card_of(day, "referred"), {"name": "何静", "phone": PHONE}


@save
def describes_an_organisation(day):
    return day.li, card_of(day, "organisation"), {"phase": "selection", "cycle_months": 3, "batch": 30}


@save
def names_who_referred_them(day):
    Lead.objects.filter(pk=day.lead.pk).update(last_visit_at=None)
    know(day.store, day.wang, "13905186644")
    return day.li, card_of(day, "referral"), {"phone": "13905186644"}


@save
def shares_a_deal_out(day):
    Lead.objects.filter(pk=day.lead.pk).update(step=7)
    return day.chen, card_of(day, "credit"), {f"share_{day.li.pk}": "60", f"share_{day.wang.pk}": "40"}


@save
def writes_the_makers_number(day):
    return day.li, card_of(day, "maker"), {"number": "M-1"}


@save
def confirms_a_loss(day):
    reason = Term.objects.get(store=day.store, list="lost_reason", code="price")
    row = lose(day.lead.pk, Loss(reason=reason), by=day.li, at=NOW, now=NOW)
    return day.chen, to("leads:loss", row.pk), {"decision": "confirmed"}


@save
def sends_a_loss_back(day):
    reason = Term.objects.get(store=day.store, list="lost_reason", code="price")
    row = lose(day.lead.pk, Loss(reason=reason), by=day.li, at=NOW, now=NOW)
    return day.chen, to("leads:loss", row.pk), {"decision": "rejected", "comment": "再打一次"}
