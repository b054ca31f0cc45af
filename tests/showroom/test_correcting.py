"""A register row is put right or crossed out: old values and serials stay (SPEC RECP-10, RECP-17, A14)."""

import datetime as dt

import pytest
from django.contrib.messages import get_messages

from accounts.errors import NotAllowed, Refused
from followups.appointments import make_appointment
from followups.contacts import Said, log_contact
from followups.models import Appointment, Contact, Task
from leads.models import Evidence, FieldChange, Lead, LeadEvent, Term
from leads.moves import lock_lead, record_evidence
from showroom.calls import Enquiry, log_call
from showroom.closing import Leaving, close_visit
from showroom.correcting import correct, void
from showroom.day_register import numbers, visit_lines
from showroom.invariants import checks
from showroom.models import Call, Visit
from showroom.visits import Arrival, log_visit, tally
from tests.conftest import at, person
from tests.factories import CarModelFactory
from tests.followups.worked_leads import make_lead
from tests.numbers import full_numbers
from tests.showroom.known import know, known_as
from tests.test_invariants import broken

pytestmark = pytest.mark.django_db

NOW = "2026-03-12 16:00"
TODAY = dt.date(2026, 3, 12)
DATED = (
    "step",
    "grade",
    "expected_on",
    "next_due_on",
    "agreed_on",
    "lapses_on",
    "last_visit_at",
    "has_cadence",
)


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = at(NOW).isoformat()


@pytest.fixture
def visit(store, li):
    """Zhang with his phone, received by Li at 14:00."""
    arrival = Arrival(phone_text="13800000001", name="张三")
    return log_visit(
        store, arrival, receiver=li, by=li, at=at("2026-03-12 14:00"), now=at("2026-03-12 14:00")
    )[0]


@pytest.fixture
def call(store, li):
    moment = at("2026-03-10 10:00")
    return log_call(store, Enquiry(phone_text="13800000002"), receiver=li, by=li, at=moment, now=moment)[0]


def changes(row):
    rows = FieldChange.objects.filter(ref_id=row.pk).order_by("pk")
    return list(rows.values_list("ref_kind", "field", "old", "new", "by__username"))


def open_tasks_of(lead):
    return list(Task.objects.filter(lead=lead, state="open").order_by("due_at").values_list("kind", "due_on"))


def edit(visit, by, *, helpers=(), **values):
    return correct(visit, values, helpers=helpers, by=by, at=at(NOW))


# --- the verbs --------------------------------------------------------------------------


def test_each_changed_field_leaves_its_old_value_and_who(store, visit, li, chen):
    area = Term.objects.create(store=store, list="area", code="north", name_en="North", name_zh="北", rank=1)
    edit(visit, chen, persons=3, area=area, remark="带孩子", kind="first")
    visit.refresh_from_db()
    assert (visit.persons, visit.area, visit.remark) == (3, area, "带孩子")
    assert changes(visit) == [
        ("visit", "persons", "1", "3", "chen"),
        ("visit", "area", "", str(area.pk), "chen"),
        ("visit", "remark", "", "带孩子", "chen"),
    ]
    assert set(FieldChange.objects.values_list("at", flat=True)) == {at(NOW)}


def test_nothing_changed_leaves_nothing(visit, li):
    edit(visit, li, persons=1, kind="first", remark="")
    assert changes(visit) == []


def test_the_name_is_written_where_the_customer_has_none(store, li, call):
    correct(call, {"name": "王五", "address": "城东路8号"}, by=li, at=at(NOW))
    call.refresh_from_db()
    assert (call.customer.name, call.name_text, call.customer.card_opened_at) == ("王五", "王五", at(NOW))
    assert [(field, new) for _kind, field, _old, new, _by in changes(call)] == [
        ("address", "城东路8号"),
        ("name", "王五"),
    ]


def test_a_name_on_the_card_is_not_changed_here(visit, li):
    edit(visit, li, name="李四")
    visit.customer.refresh_from_db()
    assert (visit.customer.name, changes(visit)) == ("张三", [])


def test_the_receiver_corrects_first_into_return_visit(visit, li):
    before = Lead.objects.filter(pk=visit.lead_id).values().get()
    edit(visit, li, kind="return")
    assert changes(visit) == [("visit", "kind", "first", "return", "li")]
    assert Lead.objects.filter(pk=visit.lead_id).values().get() == before


def test_other_business_counts_no_longer_and_dates_the_lead_anew(store, li):
    lead = know(store, li, "13500000009", grade="B", last="2026-03-02 10:00")
    moment = at("2026-03-12 11:00")
    Visit.objects.create(
        store=store, on="2026-03-02", flow_serial=1, register_serial=1, arrived_at=at("2026-03-02 10:00"),
        recorded_at=moment, receiver=li, kind="first", lead=lead, customer=lead.customer,
    )  # fmt: skip
    plates, _new = log_visit(store, Arrival(lead_id=lead.pk), receiver=li, by=li, at=moment, now=moment)
    lead.refresh_from_db()
    assert (lead.next_due_on, lead.lapses_on) == (dt.date(2026, 3, 27), dt.date(2026, 3, 20))
    edit(plates, li, kind="other_business", other="paperwork")
    lead.refresh_from_db()
    assert lead.last_visit_at == at("2026-03-02 10:00")
    assert (lead.next_due_on, lead.lapses_on) == (dt.date(2026, 3, 17), dt.date(2026, 3, 10))
    edit(plates, li, kind="return", other="")
    lead.refresh_from_db()
    assert (lead.last_visit_at, lead.next_due_on) == (moment, dt.date(2026, 3, 27))


def test_one_helper_two_with_a_warning_never_three(store, visit, li, wang, zhao, chen):
    edit(visit, li, helpers=[wang])
    edit(visit, li, helpers=[wang, zhao])
    visit.refresh_from_db()
    assert (visit.assistant, visit.third) == (wang, zhao)
    with pytest.raises(Refused) as refusal:
        edit(visit, li, helpers=[wang, zhao, chen])
    assert refusal.value.field == "helpers"
    assert changes(visit)[-1][1:4] == ("helpers", str(wang.pk), f"{wang.pk}, {zhao.pk}")
    assert Visit.objects.visible_to(zhao, now=at(NOW)).get() == visit


def test_who_helped_is_somebody_who_receives_and_not_the_receiver(visit, li, qian):
    for helper in (qian, li):
        with pytest.raises(Refused):
            edit(visit, li, helpers=[helper])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"persons": 0}, "persons"),
        ({"kind": "other_business", "other": ""}, "kind"),
        ({"kind": "first", "other": "service"}, "kind"),
    ],
)
def test_what_cannot_be_is_refused(visit, li, values, field):
    with pytest.raises(Refused) as refusal:
        edit(visit, li, **values)
    assert (refusal.value.field, changes(visit)) == (field, [])


def test_colleagues_neither_correct_nor_cross_out(store, visit, wang, qian):
    sun = person(store, "sun", "孙丽", "finance")
    for user in (wang, sun):
        with pytest.raises(NotAllowed):
            edit(visit, user, persons=2)
        with pytest.raises(NotAllowed):
            void(visit, reason="x", by=user, at=at(NOW))
    edit(visit, qian, persons=2)
    with pytest.raises(NotAllowed):
        void(visit, reason="x", by=qian, at=at(NOW))


def test_a_crossed_out_visit_stays_with_its_serial_and_counts_nowhere(store, visit, li, chen):
    left = at("2026-03-12 15:00")
    close_visit(visit.pk, Leaving(grade="C"), by=li, at=left, now=left)
    void(visit, reason="写错人", by=chen, at=at(NOW))
    visit.refresh_from_db()
    assert (visit.register_serial, visit.voided_at, visit.voided_by) == (1, at(NOW), chen)
    assert changes(visit) == [("visit", "voided", "", "写错人", "chen")]
    assert numbers(visit_lines(store, TODAY, user=chen, now=at(NOW))).batches == 0
    assert Evidence.objects.get(lead=visit.lead).revoked_at == at(NOW)
    assert Task.objects.get(lead=visit.lead, kind="day_after").state == "void"
    lead = Lead.objects.get(pk=visit.lead_id)
    assert (lead.last_visit_at, lead.step, lead.owner, lead.grade) == (None, 1, li, "none")
    assert {check.name: check.bad for check in checks()}["serials_without_gaps"] == 0


def test_a_crossed_out_return_visit_leaves_the_lead_as_it_was_before(store, visit, li):
    """A lead due on 15 March, seen by mistake on the 14th: due on the 15th again, as A."""
    left = at("2026-03-12 15:00")
    close_visit(visit.pk, Leaving(grade="A", grade_reason="亲口说"), by=li, at=left, now=left)
    before = Lead.objects.filter(pk=visit.lead_id).values(*DATED).get()
    assert (before["next_due_on"], before["lapses_on"]) == (dt.date(2026, 3, 15), dt.date(2026, 3, 20))
    came, went = at("2026-03-14 10:00"), at("2026-03-14 11:00")
    wrong, _new = log_visit(store, Arrival(lead_id=visit.lead_id), receiver=li, by=li, at=came, now=came)
    coming = at("2026-03-16 10:00")
    said = Leaving(grade="H", grade_reason="急", outcome="price", coming_at=coming)
    close_visit(wrong.pk, said, by=li, at=went, now=went)
    void(wrong, reason="认错人", by=li, at=at("2026-03-14 12:00"))
    lead = Lead.objects.get(pk=visit.lead_id)
    assert Lead.objects.filter(pk=lead.pk).values(*DATED).get() == before
    assert open_tasks_of(lead) == [
        ("thank_you", dt.date(2026, 3, 12)),  # no night went by
        ("day_after", dt.date(2026, 3, 13)),
        ("cadence", dt.date(2026, 3, 15)),
    ]
    assert Appointment.objects.get().state == "cancelled"
    assert broken() == {}


def test_a_first_visit_crossed_out_takes_its_grade_and_step_along_after_a_talk_too(store, visit, li):
    lead_id = visit.lead_id
    left, talked = at("2026-03-12 15:00"), at("2026-03-13 10:00")
    close_visit(visit.pk, Leaving(grade="A", grade_reason="亲口说"), by=li, at=left, now=left)
    log_contact(lead_id, Said("looking"), by=li, at=talked, now=talked)
    void(visit, reason="没来", by=li, at=at("2026-03-13 12:00"))
    lead = Lead.objects.get(pk=lead_id)
    assert (lead.last_visit_at, lead.step, lead.grade) == (None, 1, "none")
    assert (lead.has_cadence, open_tasks_of(lead)) == (False, [])
    assert broken() == {}


def test_an_invited_customer_who_did_not_come_after_all_is_expected_again(store, li):
    lead = know(store, li, "13500000009", grade="A", step=1)
    Lead.objects.filter(pk=lead.pk).update(last_visit_at=None)
    make_appointment(lead.pk, at("2026-03-12 15:00"), by=li, now=at("2026-03-11 09:00"))
    log_contact(lead.pk, Said("coming"), by=li, at=at("2026-03-11 10:00"), now=at("2026-03-11 10:00"))
    before = Lead.objects.filter(pk=lead.pk).values(*DATED).get()
    moment = at("2026-03-12 14:00")
    came, _new = log_visit(store, Arrival(lead_id=lead.pk), receiver=li, by=li, at=moment, now=moment)
    assert Lead.objects.get(pk=lead.pk).step == 2
    void(came, reason="没来", by=li, at=at(NOW))
    assert Lead.objects.filter(pk=lead.pk).values(*DATED).get() == before | {"step": 1}
    assert (before["next_due_on"], Appointment.objects.get().state) == (dt.date(2026, 3, 12), "planned")
    moves = LeadEvent.objects.filter(lead=lead, kind="step").order_by("id")
    assert list(moves.values_list("from_value", "to_value", "reason")) == [
        ("prospecting", "reception", ""),
        ("reception", "prospecting", "crossed_out"),
    ]


@pytest.mark.parametrize("kind", ["pool", "dormant", "lost", "invalid"])
@pytest.mark.thorough
def test_hands_and_status_are_as_before_the_crossed_out_visit(store, li, wang, kind):
    lead = known_as(kind, store, li, wang)
    facts = ("owner", "status", "step", "wake_on", "void_reason", "next_due_on", "last_visit_at")
    before = Lead.objects.filter(pk=lead.pk).values(*facts).get()
    moment = at("2026-03-12 14:00")
    came, _new = log_visit(store, Arrival(lead_id=lead.pk), receiver=li, by=li, at=moment, now=moment)
    void(came, reason="认错人", by=li, at=at(NOW))
    assert Lead.objects.filter(pk=lead.pk).values(*facts).get() == before
    assert broken() == {}


def test_a_step_that_stands_on_the_visit_alone_keeps_it_in_the_register(store, visit, li):
    lead = lock_lead(visit.lead_id)
    facts = {"by": li, "at": at(NOW), "recorded_at": at(NOW)}
    record_evidence(lead, "drive_started", ref_kind="drive", ref_id=1, **facts)
    with pytest.raises(Refused, match="Log the right one first"):
        void(visit, reason="认错人", by=li, at=at(NOW))
    assert Visit.objects.get().voided_at is None
    moment = at("2026-03-12 15:30")
    Visit.objects.update(left_at=at("2026-03-12 15:00"))
    log_visit(store, Arrival(lead_id=lead.pk), receiver=li, by=li, at=moment, now=moment)
    void(visit, reason="认错人", by=li, at=at(NOW))
    assert Lead.objects.get(pk=lead.pk).step == 5


def test_an_open_visit_that_is_crossed_out_is_not_in_the_house(store, visit, li):
    void(visit, reason="重复", by=li, at=at(NOW))
    visit.refresh_from_db()
    assert visit.left_at == at(NOW)


def test_crossed_out_is_final(visit, li):
    void(visit, reason="重复", by=li, at=at(NOW))
    for again in (lambda: void(visit, reason="x", by=li, at=at(NOW)), lambda: edit(visit, li, persons=2)):
        with pytest.raises(Refused):
            again()


def test_the_card_tells_that_a_visit_was_crossed_out(client, visit, li):
    void(visit, reason="写错人", by=li, at=at(NOW))
    client.force_login(li)
    page = client.get(f"/leads/{visit.lead.number}/").content.decode()
    assert ("A visit was crossed out of the register" in page, "写错人" in page) == (True, False)


def test_a_reason_is_asked_for(visit, li):
    with pytest.raises(Refused) as refusal:
        void(visit, reason=" ", by=li, at=at(NOW))
    assert refusal.value.field == "reason"
    assert Visit.objects.get().voided_at is None


def test_who_called_and_came_by_mistake_only_called(store, call, li):
    moment = at("2026-03-12 11:00")
    came, _new = log_visit(store, Arrival(lead_id=call.lead_id), receiver=li, by=li, at=moment, now=moment)
    void(came, reason="没来", by=li, at=at(NOW))
    lead = Lead.objects.get(pk=call.lead_id)
    assert (lead.last_visit_at, lead.phone_only_since) == (None, dt.date(2026, 3, 10))


def test_a_crossed_out_call_proves_nothing(store, call, chen):
    void(call, reason="打错", by=chen, at=at(NOW))
    lead = Lead.objects.get(pk=call.lead_id)
    assert (lead.phone_only_since, Evidence.objects.get(lead=lead).revoked_by) == (None, chen)
    assert set(Task.objects.filter(lead=lead).values_list("kind", "state")) == {
        ("thank_you", "void"),
        ("day_after", "void"),
    }
    assert {check.name: check.bad for check in checks()}["call_serials_without_gaps"] == 0


def test_with_a_crossed_out_call_its_talk_is_undone(store, li):
    lead = make_lead(store, li, "A", visited="2026-03-02 10:00")
    moment = at("2026-03-12 10:00")
    rang, _new = log_call(store, Enquiry(lead_id=lead.pk), receiver=li, by=li, at=moment, now=moment)
    lead.refresh_from_db()
    assert (lead.last_contact_at, lead.next_due_on) == (moment, dt.date(2026, 3, 15))
    void(rang, reason="打错", by=li, at=at(NOW))
    lead.refresh_from_db()
    assert Contact.objects.get(lead=lead, direction="in").undone_at == at(NOW)
    assert (lead.last_contact_at, lead.last_visit_at) == (None, at("2026-03-02 10:00"))


def test_an_earlier_talk_dates_the_lead_again(store, li):
    lead = make_lead(store, li, "A", visited="2026-03-02 10:00")
    talked, moment = at("2026-03-11 10:00"), at("2026-03-12 10:00")
    log_contact(lead.pk, Said("looking"), by=li, at=talked, now=talked)
    rang, _new = log_call(store, Enquiry(lead_id=lead.pk), receiver=li, by=li, at=moment, now=moment)
    void(rang, reason="打错", by=li, at=at(NOW))
    lead.refresh_from_db()
    assert (lead.last_contact_at, lead.first_attempt_at) == (talked, talked)
    assert (lead.next_due_on, lead.lapses_on) == (dt.date(2026, 3, 14), dt.date(2026, 3, 22))
    assert Task.objects.get(lead=lead, kind="cadence", state="open").due_on == dt.date(2026, 3, 14)


def test_reception_crosses_out_what_she_counted(store, qian):
    counted = tally(store, persons=2, by=qian, at=at(NOW), now=at(NOW))
    void(counted, reason="数错", by=qian, at=at(NOW))
    assert Visit.objects.get().voided_by == qian


# --- the page ---------------------------------------------------------------------------


def address(row, act="edit"):
    return f"/register/{'visits' if isinstance(row, Visit) else 'calls'}/{row.pk}/{act}/"


def said(answer):
    return [(message.level_tag, message.message) for message in get_messages(answer.wsgi_request)]


def test_the_page_shows_what_stands_and_saves_what_changed(client, store, visit, li, wang):
    car = CarModelFactory(group=store.group)
    client.force_login(li)
    page = client.get(address(visit)).content.decode()
    assert ('value="1"' in page, full_numbers(page)) == (True, [])
    sent = {"kind": "return", "persons": "2", "car_model": car.pk, "helpers": [wang.pk], "remark": "夫妻"}
    answer = client.post(address(visit), sent)
    assert answer.headers["Location"] == "/register/?tab=visits&on=2026-03-12"
    visit.refresh_from_db()
    assert (visit.kind, visit.persons, visit.car_model, visit.assistant) == ("return", 2, car, wang)
    history = client.get(address(visit)).content.decode()
    for words in ("<s>First visit</s> → Return visit", "<s>1</s> → 2", "Sylphy · 李强", "王芳 · 李强"):
        assert words in history, words


def test_the_third_person_is_saved_with_a_warning_the_fourth_refused(client, visit, li, wang, zhao, chen):
    client.force_login(li)
    sent = {"kind": "first", "persons": "1", "helpers": [wang.pk, zhao.pk]}
    assert said(client.post(address(visit), sent)) == [
        ("warning", "Saved. Three receive this customer: two are enough.")
    ]
    answer = client.post(address(visit), {**sent, "helpers": [wang.pk, zhao.pk, chen.pk], "remark": "四人"})
    page = answer.content.decode()
    assert (answer.status_code, "Never more than three receive a customer." in page) == (422, True)
    assert 'value="四人"' in page


def test_other_business_is_chosen_with_its_kind(client, visit, li):
    client.force_login(li)
    client.post(address(visit), {"kind": "other_business:service", "persons": "1"})
    visit.refresh_from_db()
    assert (visit.kind, visit.other) == ("other_business", "service")
    assert "Other business" in client.get(address(visit)).content.decode()


def test_a_call_is_put_right_too(client, call, li):
    client.force_login(li)
    client.post(address(call), {"name": "王五", "remark": "问金融"})
    call.refresh_from_db()
    assert (call.customer.name, call.remark) == ("王五", "问金融")
    assert "call register no. 1" in client.get(address(call)).content.decode()


def test_a_row_is_crossed_out_and_still_stands_in_the_register(client, visit, li):
    client.force_login(li)
    refused = client.post(address(visit, "void"), {"reason": ""})
    assert (refused.status_code, Visit.objects.get().voided_at) == (422, None)
    client.post(address(visit, "void"), {"reason": "重复"})
    page = client.get("/register/").content.decode()
    assert ('class="void"' in page, "crossed out" in page) == (True, True)
    row = client.get(address(visit)).content.decode()
    assert ("This row is crossed out" in row, "重复" in row, "Save the correction" in row) == (
        True,
        True,
        False,
    )
    assert client.post(address(visit), {"kind": "return", "persons": "1"}).status_code == 422


def test_nobody_deletes_a_row(client, visit, chen):
    client.force_login(chen)
    assert client.delete(address(visit)).status_code == 405
    assert client.get(address(visit, "void")).status_code == 405
    assert Visit.objects.count() == 1


def test_the_old_value_of_a_call_row_is_not_shown_on_a_visit_of_the_same_number(client, visit, call, li):
    Visit.objects.filter(pk=visit.pk).update(remark="")
    FieldChange.objects.create(
        ref_kind="call", ref_id=visit.pk, field="remark", old="旧", new="新", by=li, at=at(NOW)
    )
    client.force_login(li)
    assert "Corrections" not in client.get(address(visit)).content.decode()
    assert Call.objects.count() == 1
