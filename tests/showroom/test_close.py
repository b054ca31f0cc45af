"""The closing sheet: grade, next date and manager met in one save, when the customer leaves."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from followups.appointments import make_appointment
from followups.models import Appointment, Task
from leads.models import Lead
from leads.protection import settle
from showroom.models import Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.showroom.known import know
from tests.statements import statements

pytestmark = pytest.mark.django_db

ARRIVED, NOW = at("2026-03-12 14:14"), at("2026-03-12 14:58")


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def car(store):
    return CarModelFactory(group=store.group, name_en="Sylphy e-POWER", name_zh="轩逸 e-POWER")


@pytest.fixture
def visit(store, li, car):
    """Wu Lei, in the house with Li since 14:14."""
    return arrive(store, li, Arrival(phone_text="13620878805", name="吴磊", car_model=car))


def arrive(store, receiver, arrival, by=None):
    visit, _new = log_visit(store, arrival, receiver=receiver, by=by or receiver, at=ARRIVED, now=ARRIVED)
    return visit


@pytest.fixture
def leave(client):
    """Sends the closing sheet as somebody: `leave(visit, li, grade="A")`."""

    def send(visit, user, *, token=None, **fields):
        client.force_login(user)
        data = {"token": str(token or uuid.uuid4()), **fields}
        return client.post(reverse("showroom:close", args=[visit.pk]), data)

    return send


def read(client, visit, user, **headers):
    client.force_login(user)
    return client.get(reverse("showroom:close", args=[visit.pk]), headers=headers)


def open_tasks(visit):
    tasks = Task.objects.filter(lead=visit.lead, state="open").order_by("due_at")
    return [(task.kind, task.due_at) for task in tasks]


def test_one_save_writes_leaving_grade_date_and_manager(leave, visit, li):
    answer = leave(visit, li, grade="A", signals=["total_cost", "loan"], manager_met="on", remark="再来")
    visit.refresh_from_db()
    lead = visit.lead
    assert answer.headers["Location"] == reverse("leads:card", args=[lead.number])
    assert (visit.left_at, visit.completed, visit.manager_met_at) == (NOW, True, NOW)
    assert (sorted(visit.hot_signals), visit.remark) == (["loan", "total_cost"], "再来")
    assert (lead.grade, lead.expected_on, lead.next_due_on) == (
        "A",
        dt.date(2026, 4, 11),
        dt.date(2026, 3, 15),
    )
    assert open_tasks(visit) == [
        ("thank_you", at("2026-03-12 15:03")),
        ("day_after", at("2026-03-13 14:58")),
        ("cadence", at("2026-03-15 23:59:59")),
    ]


@pytest.mark.parametrize(
    ("grade", "due_on"),
    [("H", "2026-03-14"), ("A", "2026-03-15"), ("B", "2026-03-27"), ("C", "2026-04-11")],
)
@pytest.mark.thorough
def test_the_grade_brings_the_next_date(leave, visit, li, grade, due_on):
    leave(visit, li, grade=grade, next_pick="")
    visit.lead.refresh_from_db()
    assert visit.lead.next_due_on.isoformat() == due_on


def test_tomorrow_and_a_picked_day_may_come_earlier(leave, visit, li, store):
    leave(visit, li, grade="B", next_pick="2026-03-13", next_on="2026-03-20")
    visit.lead.refresh_from_db()
    assert visit.lead.next_due_on == dt.date(2026, 3, 13)


def test_a_day_past_the_grade_needs_the_customers_word(leave, visit, li):
    refused = leave(visit, li, grade="A", next_pick="pick", next_on="2026-03-20")
    assert refused.status_code == 422
    assert "Tick “agreed with the customer”" in refused.content.decode()
    visit.refresh_from_db()
    assert (visit.left_at, visit.lead.grade) == (None, "none")
    leave(visit, li, grade="A", next_pick="pick", next_on="2026-03-20", agreed="on")
    visit.lead.refresh_from_db()
    assert (visit.lead.next_due_on, visit.lead.agreed_on) == (dt.date(2026, 3, 20), dt.date(2026, 3, 20))


def test_coming_on_a_set_time_is_an_appointment(leave, visit, li):
    leave(visit, li, grade="A", coming_at="2026-03-14T10:00")
    appointment = Appointment.objects.get()
    visit.lead.refresh_from_db()
    assert (appointment.at, appointment.state) == (at("2026-03-14 10:00"), "planned")
    assert visit.lead.next_due_on == dt.date(2026, 3, 14)


def test_without_a_grade_nothing_is_saved_and_everything_stays(leave, visit, li):
    answer = leave(visit, li, signals=["loan"], remark="一句话")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Tap when the customer buys: that is the grade." in page
    assert 'value="一句话"' in page
    assert 'value="loan" id="id_signals_0" checked' in page
    visit.refresh_from_db()
    assert (visit.left_at, visit.hot_signals, open_tasks(visit)) == (None, [], [])


def test_fields_the_sheet_does_not_have_change_nothing(leave, visit, li, wang):
    leave(visit, li, grade="A", owner=wang.pk, step="7", receiver=wang.pk, store="9", horizon_days="1")
    visit.refresh_from_db()
    assert (visit.receiver, visit.horizon_days) == (li, None)
    assert (visit.lead.owner, visit.lead.step, visit.lead.grade) == (li, 2, "A")


def test_the_same_sheet_sent_twice_closes_once(leave, visit, li):
    token = uuid.uuid4()
    first = leave(visit, li, grade="A", token=token)
    second = leave(visit, li, grade="B", token=token)
    visit.lead.refresh_from_db()
    assert first.headers["Location"] == second.headers["Location"]
    assert (visit.lead.grade, len(open_tasks(visit))) == ("A", 3)


@pytest.mark.thorough
def test_a_second_sheet_is_told_that_the_visit_is_closed(leave, visit, li):
    leave(visit, li, grade="A")
    answer = leave(visit, li, grade="B")
    visit.lead.refresh_from_db()
    assert answer.status_code == 422
    assert "This visit is closed already." in answer.content.decode()
    assert visit.lead.grade == "A"


# --- when the facts say something else --------------------------------------------------


def test_without_a_model_another_grade_asks_why(leave, store, li, car):
    visit = arrive(store, li, Arrival(phone_text="13620878805", name="吴磊"))
    refused = leave(visit, li, grade="A")
    assert refused.status_code == 422
    assert "Say in a word why you choose this." in refused.content.decode()
    assert leave(visit, li, grade="A", grade_reason="说月底前买").status_code == 302
    assert Lead.objects.get().grade == "A"


def test_a_model_tapped_at_leaving_answers_the_question(leave, store, li, car):
    visit = arrive(store, li, Arrival(phone_text="13620878805", name="吴磊"))
    assert leave(visit, li, grade="A", car_model=car.pk).status_code == 302
    lead = Lead.objects.get()
    assert (lead.grade, lead.interests.get().car_model) == ("A", car)


def test_without_a_name_there_is_no_grade_until_it_is_given(leave, store, li, car):
    visit = arrive(store, li, Arrival(phone_text="13620878805", car_model=car))
    leave(visit, li)
    lead = Lead.objects.get()
    assert (lead.grade, lead.has_cadence, lead.customer.card_opened_at) == ("none", False, None)


def test_the_name_may_be_given_at_leaving(leave, store, li, car):
    visit = arrive(store, li, Arrival(phone_text="13620878805", car_model=car))
    leave(visit, li, name="吴磊", grade="B")
    lead = Lead.objects.get()
    assert (lead.grade, lead.customer.name, lead.customer.card_opened_at) == ("B", "吴磊", NOW)


@pytest.mark.parametrize(("typed", "left"), [("14:30", at("2026-03-12 14:30")), ("", NOW)])
def test_who_left_earlier_left_then(leave, visit, li, typed, left):
    leave(visit, li, grade="A", left_at=typed)
    visit.refresh_from_db()
    assert visit.left_at == left
    assert open_tasks(visit)[:2] == [
        ("thank_you", left + dt.timedelta(minutes=5)),
        ("day_after", left + dt.timedelta(hours=24)),
    ]


@pytest.mark.parametrize("typed", ["14:00", "15:30"])
def test_nobody_leaves_before_arriving_or_later_than_now(leave, visit, li, typed):
    answer = leave(visit, li, grade="A", left_at=typed)
    assert answer.status_code == 422
    assert "Leaving lies between the arrival and now." in answer.content.decode()


# --- who closes ----------------------------------------------------------------------------


def test_a_colleague_does_not_see_the_visit(client, leave, visit, wang):
    assert read(client, visit, wang).status_code == 404
    assert leave(visit, wang, grade="A").status_code == 404


def test_reception_sees_it_and_may_not_grade_it(client, leave, visit, qian):
    assert read(client, visit, qian).status_code == 403
    assert leave(visit, qian, grade="A").status_code == 403
    visit.refresh_from_db()
    assert visit.left_at is None


def test_reception_closes_a_row_without_a_lead(leave, store, qian, li):
    visit = arrive(store, li, Arrival(name="刘先生", declined=True), by=qian)
    assert leave(visit, qian).headers["Location"] == "/walk-in/"
    visit.refresh_from_db()
    assert (visit.left_at, visit.completed) == (NOW, True)


def test_the_owner_closes_a_courtesy_visit_too(leave, store, li, wang, car):
    lead = know(store, wang, "13905186627", "张伟")
    visit = arrive(store, li, Arrival(lead_id=lead.pk, car_model=car))
    assert leave(visit, wang, grade="B", outcome="family").status_code == 302
    lead.refresh_from_db()
    assert (lead.grade, lead.owner) == ("B", wang)


def test_a_return_visit_is_not_closed_without_what_came_out_of_it(leave, store, li, car):
    lead = know(store, li, "13905186627", "张伟")
    visit = arrive(store, li, Arrival(lead_id=lead.pk, car_model=car))
    refused = leave(visit, li, grade="B", remark="再看看")
    page = refused.content.decode()
    visit.refresh_from_db()
    assert (refused.status_code, visit.left_at, "Tap what came out of it." in page) == (422, None, True)
    assert 'value="再看看"' in page
    leave(visit, li, grade="B", outcome="price")
    visit.refresh_from_db()
    assert (visit.completed, visit.outcome) == (True, "price")


def test_who_came_again_and_bought_is_asked_nothing(leave, store, li, car):
    lead = know(store, li, "13905186627", "张伟", step=7)
    visit = arrive(store, li, Arrival(lead_id=lead.pk, car_model=car))
    assert leave(visit, li, grade="B").status_code == 302


def test_who_is_no_buyer_stands_in_the_register_all_the_same(leave, store, li):
    visit = arrive(store, li, Arrival(name="路人", declined=True))
    leave(visit, li, outcome="not_buyer")
    visit.refresh_from_db()
    assert (visit.register_serial, visit.completed, visit.outcome) == (1, True, "not_buyer")


@pytest.mark.parametrize("outcome", ["coming", "declined", "nonsense"])
def test_an_outcome_that_no_visit_has_is_refused(leave, visit, li, outcome):
    assert leave(visit, li, grade="A", outcome=outcome).status_code == 422


def test_a_visit_the_night_closed_is_completed_and_keeps_its_leaving_time(leave, visit, li):
    closing = at("2026-03-12 18:00")
    Visit.objects.filter(pk=visit.pk).update(left_at=closing, closed_at=at("2026-03-13 00:00"))
    Task.objects.create(
        store=visit.store, lead=visit.lead, kind="day_after", assignee=li, due_at=at("2026-03-13 18:00"),
        due_on=dt.date(2026, 3, 13), cause=f"day_after:visit:{visit.pk}",
    )  # fmt: skip
    assert leave(visit, li, grade="A").status_code == 302
    visit.refresh_from_db()
    assert (visit.left_at, visit.completed, visit.lead.grade) == (closing, True, "A")
    assert [kind for kind, _due in open_tasks(visit)] == ["day_after", "cadence"]


# --- what it shows ---------------------------------------------------------------------------


def test_the_sheet_offers_the_stores_grades_and_says_that_o_needs_money(client, visit, li):
    page = read(client, visit, li).content.decode()
    offered = [f'name="grade" value="{grade}"' in page for grade in "OHABC"]
    assert offered == [False, True, True, True, True]
    assert "O opens with a deposit" in page
    assert "Wu Lei" not in page
    assert "吴磊 is leaving" in page
    assert "44 min · Sylphy e-POWER" in page


def test_the_date_the_customer_named_suggests_the_grade(client, visit, li):
    Lead.objects.filter(pk=visit.lead_id).update(expected_on=dt.date(2026, 4, 5), grade="B")
    answer = read(client, visit, li)
    rows = {row.code: row.why for row in answer.context["sheet"].rows}
    assert rows == {"H": "", "A": "said 5 Apr", "B": "", "C": ""}
    assert (answer.context["sheet"].chosen, answer.context["sheet"].before) == ("A", "B")


def test_a_named_date_that_has_passed_suggests_nothing(client, visit, li):
    Lead.objects.filter(pk=visit.lead_id).update(expected_on=dt.date(2026, 3, 11))
    assert read(client, visit, li).context["sheet"].chosen == ""


def test_each_grade_shows_the_date_it_brings(client, visit, li):
    rows = read(client, visit, li).context["sheet"].rows
    assert [(row.code, row.next_in, row.next_day) for row in rows] == [
        ("H", "In 2 days", "Sat 14 Mar"),
        ("A", "In 3 days", "Sun 15 Mar"),
        ("B", "In 15 days", "Fri 27 Mar"),
        ("C", "In 30 days", "Sat 11 Apr"),
    ]


def test_an_agreed_day_stands_as_the_next_date(client, leave, store, li, car):
    lead = know(store, li, "13620878805", "吴磊", car="轩逸", grade="B", last="2026-03-05 10:00")
    settle(lead)
    make_appointment(lead.pk, at("2026-04-20 10:00"), by=li, now=at("2026-03-05 10:00"))
    visit = arrive(store, li, Arrival(lead_id=lead.pk))
    assert read(client, visit, li).context["sheet"].agreed_on == dt.date(2026, 4, 20)
    leave(visit, li, grade="B", next_pick="")
    lead.refresh_from_db()
    assert lead.next_due_on == dt.date(2026, 4, 20)


def test_the_dialog_gets_the_sheet_alone(client, visit, li):
    page = read(client, visit, li, **{"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert 'hx-target="#sheet-inner"' in page


@pytest.mark.parametrize("profile", ["detailed", "classic"])
def test_other_profiles_have_their_own_rows(client, visit, li, chen, profile):
    from accounts.rules import set_setting

    set_setting(visit.store, "grade_profile", profile, by=chen, at=NOW)
    codes = [row.code for row in read(client, visit, li).context["sheet"].rows]
    assert codes == {"detailed": ["H", "A+", "A", "B+", "B", "C"], "classic": ["O", "A", "B", "C"]}[profile]


def test_reading_and_saving_stay_within_their_statements(client, leave, visit, li):
    read(client, visit, li)
    with statements() as asked:
        client.get(reverse("showroom:close", args=[visit.pk]))
    assert len(asked) <= 10
    with statements() as asked:
        client.post(reverse("showroom:close", args=[visit.pk]), {"token": str(uuid.uuid4()), "grade": "A"})
    assert len(asked) <= 15, "\n".join(asked)


def test_what_is_missing_is_a_way_for_who_serves_and_a_word_for_reception(client, visit, li, qian):
    needs = reverse("showroom:needs", args=[visit.lead.number])
    for who, leads_there in ((li, True), (qian, False)):
        Visit.objects.update(receiver=who)
        client.force_login(who)
        sheet = client.get(reverse("showroom:close", args=[visit.pk])).content.decode()
        assert "The needs were not asked." in sheet
        assert (needs in sheet) is leads_there
