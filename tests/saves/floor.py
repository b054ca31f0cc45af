"""How each save of the floor is sent."""

from uuid import uuid4

from followups.appointments import make_appointment
from leads.book import book
from leads.models import Lead, Term
from showroom.bookings import block
from showroom.calls import Enquiry, log_call
from showroom.drives import check_car, end_drive, start_drive
from showroom.models import Call, CallMessage
from showroom.needs import Finish, add_companion, answer, finish_report
from showroom.price_talks import ask_concession, note_objection
from showroom.rota import sign_in
from showroom.training import Session, Topic, record_training
from showroom.visits import Arrival, log_visit
from showroom.walking import Shown, keep_walkaround
from tests.conftest import at
from tests.showroom.cars import booked, ridden, signed

from .day import DAY, NOW, PHONE, TODAY, here, save, to

# --- the up list -----------------------------------------------------------------------------


@save
def signs_in(day):
    return day.zhao, to("showroom:rota_sign_in"), {}


@save
def confirms_the_order(day):
    sign_in(day.store, day.zhao, by=day.zhao, at=NOW)
    order = ",".join(str(one.pk) for one in (day.zhao, day.li, day.wang))
    return day.chen, to("showroom:rota_confirm"), {"order": order}


@save
def goes_away(day):
    return day.li, to("showroom:rota_state"), {"do": "away", "away": "break", "back_at": "15:30"}


@save
def comes_back(day):
    return day.li, to("showroom:rota_state"), {"do": "back"}


@save
def goes_home(day):
    return day.li, to("showroom:rota_state"), {"do": "home"}


@save
def names_the_phone_duty(day):
    return day.chen, to("showroom:rota_duty"), {"person": day.li.pk}


# --- somebody comes, calls, leaves ---------------------------------------------------------------


@save
def a_stranger_comes(day):
    typed = {
        "persons": 1,
        "phone": PHONE,
        "name": "何静",
        "car_model": day.car_model.pk,
        "receiver": day.li.pk,
    }
    return day.qian, to("showroom:walk_in"), typed


@save
def a_stranger_comes_out_of_turn(day):
    typed = {
        "persons": 1,
        "phone": PHONE,
        "receiver": day.wang.pk,
        "turn_why": "override",
        "turn_reason": "老乡",
    }
    return day.chen, to("showroom:walk_in"), typed


@save
def a_customer_comes_again(day):
    return day.li, to("showroom:walk_in"), {"persons": 2, "lead": day.lead.pk, "car_model": day.car_model.pk}


@save
def nobody_knows_their_number(day):
    return day.li, to("showroom:walk_in"), {"persons": 1, "no_phone": "on"}


@save
def who_was_expected_comes(day):
    planned = make_appointment(day.lead.pk, at(f"{DAY} 14:15"), by=day.li, now=at(f"{DAY} 09:00"))
    return day.qian, to("showroom:arrived", planned.pk), {}


@save
def is_with_them(day):
    return day.li, to("showroom:approach", here(day).pk), {}


@save
def ticks_hot_signals(day):
    return day.li, to("showroom:hot_signals", here(day).pk), {"signal": ["after_work", "gave_phone"]}


@save
def other_business(day):
    return day.qian, to("showroom:other_business"), {"other": "service"}


@save
def counts_a_group(day):
    return day.qian, to("showroom:tally"), {"token": uuid4(), "persons": 4}


@save
def manager_met_them(day):
    return day.chen, to("showroom:met", here(day).pk), {}


@save
def corrects_a_visit(day):
    typed = {
        "kind": "return",
        "persons": 3,
        "car_model": day.car_model.pk,
        "helpers": [day.wang.pk],
        "remark": "夫妻",
    }
    return day.li, to("showroom:edit_visit", here(day).pk), typed


@save
def corrects_a_visit_to_other_business(day):
    return day.li, to("showroom:edit_visit", here(day).pk), {"kind": "other_business:service", "persons": 1}


@save
def crosses_a_visit_out(day):
    return day.li, to("showroom:void_visit", here(day).pk), {"reason": "重复"}


@save
def corrects_a_call(day):
    return (
        day.li,
        to("showroom:edit_call", a_call(day).pk),
        {"remark": "问金融", "car_model": day.car_model.pk},
    )


@save
def crosses_a_call_out(day):
    return day.li, to("showroom:void_call", a_call(day).pk), {"reason": "重复"}


def a_call(day, **said) -> Call:
    when = at(f"{DAY} 11:00")
    enquiry = Enquiry(lead_id=day.lead.pk, **said)
    row, _new = log_call(day.store, enquiry, receiver=day.li, by=day.li, at=when, now=when)
    return row


@save
def the_customer_leaves(day):
    typed = {"grade": "B", "grade_reason": "再看看", "outcome": "looking", "signals": ["after_work"]}
    typed |= {"car_model": day.car_model.pk, "next_pick": "2026-03-14", "manager_met": "on"}
    return day.li, to("showroom:close", here(day).pk), typed


@save
def the_customer_leaves_and_will_come(day):
    typed = {"grade": "A", "grade_reason": "老客户", "outcome": "looking", "coming_at": f"{DAY[:-2]}15T10:00"}
    return day.li, to("showroom:close", here(day).pk), typed


@save
def a_stranger_calls(day):
    typed = {
        "phone": PHONE,
        "name": "何静",
        "outcome": "looking",
        "grade": "B",
        "car_model": day.car_model.pk,
    }
    return day.li, to("showroom:call"), typed


@save
def a_customer_calls(day):
    typed = {"lead": day.lead.pk, "outcome": "looking", "grade": "B", "grade_reason": "再看看"}
    return day.li, to("showroom:call"), typed


@save
def leaves_a_message(day):
    typed = {
        "phone": PHONE,
        "name": "何静",
        "designated": day.li.pk,
        "no_answer": "on",
        "message": "回电",
        "outcome": "looking",
    }
    return day.qian, to("showroom:call"), typed


@save
def calls_back(day):
    when = at(f"{DAY} 11:00")
    enquiry = Enquiry(designated=day.li, message="回电", name="何静")
    log_call(day.store, enquiry, receiver=day.li, by=day.qian, at=when, now=when)
    return day.li, to("showroom:called_back", CallMessage.objects.latest("pk").pk), {}


# --- the talk -------------------------------------------------------------------------------------


def asked(day) -> None:
    """The needs report is begun, with what was said of use."""
    answer(day.lead.pk, {"main_use": {"chips": ["school"], "text": ""}}, by=day.li, at=at(f"{DAY} 13:40"))


def ungraded(day) -> Lead:
    """A new customer without a grade and so without a next date."""
    when = at(f"{DAY} 13:20")
    said = Arrival(phone_text="13905186600", name="何静", car_model=day.car_model)
    visit, _new = log_visit(day.store, said, receiver=day.li, by=day.li, at=when, now=when)
    answer(visit.lead_id, {"main_use": {"chips": ["school"], "text": ""}}, by=day.li, at=at(f"{DAY} 13:40"))
    return visit.lead


@save
def begins_the_needs(day):
    here(day)
    return day.li, f"{to('showroom:needs', day.lead.number)}?part=use", {"main_use_chips": ["school"]}


@save
def asks_for_the_needs(day):
    here(day)
    asked(day)
    typed = {"main_use_chips": ["weekend"], "matters_chips": ["safety", "comfort"], "signals": ["careful"]}
    return day.li, f"{to('showroom:needs', day.lead.number)}?part=use", typed


@save
def agrees_on_the_needs(day):
    here(day)
    asked(day)
    typed = {"confirmed": "on", "models": [day.car_model.pk, day.other_model.pk], "summary": "接送孩子"}
    return day.li, to("showroom:needs_finish", day.lead.number), typed


@save
def agrees_on_the_needs_with_a_grade(day):
    lead = ungraded(day)
    typed = {"confirmed": "on", "models": [day.car_model.pk, day.other_model.pk], "summary": "接送孩子"}
    return day.li, to("showroom:needs_finish", lead.number), typed | {"grade": "B"}


@save
def agrees_on_other_needs_later(day):
    here(day)
    asked(day)
    agree(day)
    typed = {"confirmed": "on", "models": [day.other_model.pk], "summary": "上下班"}
    return day.li, to("showroom:needs_finish", day.lead.number), typed


def agree(day) -> None:
    finish = Finish(summary="接送孩子", confirmed=True, models=[day.car_model])
    finish_report(day.lead.pk, finish, by=day.li, at=at(f"{DAY} 13:45"))


@save
def declines_the_needs(day):
    here(day)
    return day.li, to("showroom:needs_decline", day.lead.number), {}


@save
def begins_the_needs_anew(day):
    here(day)
    asked(day)
    agree(day)
    return day.li, to("showroom:needs_anew", day.lead.number), {}


@save
def notes_who_came_along(day):
    here(day)
    return (
        day.li,
        to("showroom:companions", day.lead.number),
        {"relation": "spouse", "name": "王丽", "decides": "on"},
    )


@save
def says_who_decides(day):
    one = add_companion(day.lead.pk, relation="spouse", by=day.li, at=NOW)
    return day.li, to("showroom:companion", day.lead.number, one.pk), {}


@save
def takes_a_companion_off(day):
    one = add_companion(day.lead.pk, relation="spouse", by=day.li, at=NOW)
    return day.li, to("showroom:companion", day.lead.number, one.pk), {"act": "remove"}


@save
def shows_the_car(day):
    here(day)
    asked(day)
    typed = {"positions": positions(day), "brochure_given": "yes"}
    typed |= {
        "car_model": day.other_model.pk,
        "signals": ["touches"],
        "drive_wanted": "yes",
        "features": "Sunroof",
    }
    return day.li, to("showroom:walkaround", day.lead.number), typed


def positions(day) -> list[str]:
    return [term.code for term in book(day.store).choices(Term.List.POSITION)]


@save
def shows_the_car_again(day):
    here(day)
    codes = positions(day)
    keep_walkaround(
        day.lead.pk, Shown(positions=codes, brochure_given=True), by=day.li, at=at(f"{DAY} 13:50")
    )
    return (
        day.li,
        to("showroom:walkaround", day.lead.number),
        {"positions": codes, "features": "Sunroof", "brochure_given": "yes"},
    )


@save
def talks_about_the_price(day):
    here(day)
    typed = {"acceptance": "60", "signals": ["asks_delivery"], "decision": "not_now", "resistance": "price"}
    return day.li, to("showroom:price_talk", day.lead.number), typed | {"next_on": "2026-03-14"}


@save
def notes_an_objection(day):
    here(day)
    return day.li, to("showroom:objection", day.lead.number), {"cause": "not_convinced", "text": "太贵"}


@save
def an_objection_is_out_of_the_way(day):
    row = note_objection(day.lead.pk, cause="not_convinced", by=day.li, at=NOW)
    return day.li, to("showroom:objection_solved", day.lead.number, row.pk), {}


@save
def asks_for_a_concession(day):
    here(day)
    return day.li, to("showroom:concession", day.lead.number), {"kind": "price", "amount": "2000"}


@save
def a_concession_is_answered(day):
    row = ask_concession(day.lead.pk, kind="price", asked="2000", by=day.li, at=NOW)
    return day.chen, to("showroom:concession_answered", day.lead.number, row.pk), {"act": "grant"}


# --- test drives ----------------------------------------------------------------------------------


def a_drive(day):
    return booked(day.demo_car, day.lead, day.li, "14:00", "14:40", on=DAY, now=at(f"{DAY} 09:00"))


@save
def books_a_drive(day):
    typed = {"car": day.demo_car.pk, "on": "2026-03-14", "time": "10:00", "minutes": 40}
    return day.li, f"{to('showroom:book_drive')}?lead={day.lead.number}", typed


@save
def books_a_drive_for_who_is_here(day):
    here(day)
    typed = {"lead": day.lead.pk, "car": day.demo_car.pk, "on": DAY, "time": "14:10", "minutes": 40}
    return day.li, to("showroom:book_drive"), typed


@save
def moves_a_booking(day):
    row = booked(day.demo_car, day.lead, day.li, on="2026-03-14", now=at(f"{DAY} 09:00"))
    typed = {"car": day.demo_car.pk, "on": "2026-03-15", "time": "11:00", "minutes": 40}
    return day.li, to("showroom:booking", row.pk), typed


@save
def calls_a_drive_off(day):
    row = booked(day.demo_car, day.lead, day.li, on="2026-03-14", now=at(f"{DAY} 09:00"))
    return day.li, to("showroom:booking", row.pk), {"act": "cancel", "reason": "下雨"}


@save
def checks_the_car(day):
    typed = {"act": "check", "clean": "on", "condition": "on", "route": "on"}
    return day.li, to("showroom:drive", a_drive(day).pk), typed


@save
def sees_the_papers(day):
    row = a_drive(day)
    drawn = "data:image/png;base64,iVBORw0KGgoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    return (
        day.li,
        to("showroom:drive", row.pk),
        {"act": "papers", "driver_name": "张三", "licence": "on", "signature": drawn},
    )


@save
def the_ride_begins(day):
    row = a_drive(day)
    check_car(row.pk, {"clean": True, "condition": True, "route": True}, by=day.li, now=at(f"{DAY} 14:01"))
    return day.li, to("showroom:drive", row.pk), {"act": "ride"}


@save
def the_customer_drives(day):
    row = a_drive(day)
    ridden(row, day.li, f"{DAY} 14:02")
    signed(row, day.li, f"{DAY} 14:03")
    return day.li, to("showroom:drive", row.pk), {"act": "wheel"}


def on_the_road(day):
    row = a_drive(day)
    ridden(row, day.li, f"{DAY} 14:00")
    signed(row, day.li, f"{DAY} 14:01")
    start_drive(row.pk, by=day.li, at=at(f"{DAY} 14:02"))
    return row


@save
def the_drive_ends(day):
    return day.li, to("showroom:drive", on_the_road(day).pk), {"act": "end"}


@save
def says_how_the_drive_was(day):
    row = on_the_road(day)
    end_drive(row.pk, by=day.li, at=at(f"{DAY} 14:05"))
    typed = {"act": "feedback", "overall": "5", "mark_quiet": "4", "signals": ["pleased"]}
    return day.li, to("showroom:drive", row.pk), typed


@save
def takes_a_car_off_the_road(day):
    typed = {"car": day.demo_car.pk, "on": "2026-03-14", "time": "09:00", "until_on": "2026-03-14"}
    return day.li, to("showroom:workshop"), typed | {"until_time": "12:00", "reason": "保养"}


@save
def a_car_is_back_on_the_road(day):
    times = {"starts_at": at("2026-03-12 09:00"), "ends_at": at("2026-03-12 18:00")}
    row = block(day.demo_car.pk, **times, reason="保养", by=day.chen, now=at(f"{DAY} 08:00"))
    return day.chen, to("showroom:back_on_the_road", row.pk), {}


@save
def writes_down_a_demo_car(day):
    typed = {
        "car_model": day.demo_car.car_model_id,
        "plate": "沪A99",
        "active": "on",
        "trim": "",
        "colour": "",
    }
    return day.chen, to("showroom:demo_cars"), typed


@save
def changes_a_demo_car(day):
    typed = {"car_model": day.demo_car.car_model_id, "plate": "沪A98", "active": "on"}
    return day.chen, to("showroom:demo_car", day.demo_car.pk), typed


@save
def words_the_drive_agreement(day):
    return day.chen, to("showroom:agreement"), {"text_zh": "小心驾驶", "valid_from": "2026-03-14"}


# --- words and training --------------------------------------------------------------------------


@save
def writes_a_page(day):
    typed = {"kind": "talk", "step": "needs", "title_zh": "开场", "body_zh": "“您好。”"}
    return day.chen, to("showroom:playbook_new"), typed


@save
def writes_a_training_down(day):
    typed = {"on": DAY, "topic": "exam", "participants": [day.li.pk, day.wang.pk], "score": "85"}
    return day.chen, to("showroom:training"), typed


@save
def corrects_a_training(day):
    session = Session(on=TODAY, topic=Topic.NEEDS, participants=[day.li])
    record = record_training(day.store, session, by=day.chen, at=NOW)
    typed = {"on": DAY, "topic": "price", "participants": [day.wang.pk]}
    return day.chen, to("showroom:training_correction", record.pk), typed
