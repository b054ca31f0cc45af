"""The customer card: who may open it, what it says, and that looking at it changes nothing."""

import datetime as dt

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.models import AccessEvent
from followups.appointments import make_appointment
from followups.contacts import Said, log_contact
from followups.models import Contact
from leads.collaborators import add_collaborator
from leads.disputes import open_dispute
from leads.grades import Suggestion, choose_grade
from leads.models import Lead, LeadEvent
from leads.moves import advance, lock_lead, record_evidence
from leads.ownership import set_owner
from showroom.closing import Leaving, close_visit
from showroom.models import Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at, person
from tests.factories import CarModelFactory, LeadFactory, make_store
from tests.numbers import full_numbers
from tests.showroom.known import know
from tests.sizes import MANY
from tests.statements import statements

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = at("2026-03-12 14:58").isoformat()


@pytest.fixture
def lead(store, li):
    """Chen Jianguo: came 26 February, drove 1 March, quoted 7 March, H since 9 March."""
    car = CarModelFactory(group=store.group, name_en="Teana", name_zh="天籁")
    arrival = Arrival(phone_text="13800131234", name="陈建国", car_model=car, persons=2)
    came, left = at("2026-02-26 14:12"), at("2026-02-26 15:20")
    visit, _new = log_visit(store, arrival, receiver=li, by=li, at=came, now=came)
    close_visit(visit.pk, Leaving(grade="A"), by=li, at=left, now=left)
    for kind, when in (("drive_started", "2026-03-01 10:30"), ("quote", "2026-03-07 16:02")):
        prove(visit.lead_id, kind, li, at(when))
    spoke = at("2026-03-09 19:20")
    log_contact(visit.lead_id, Said("price", text="18.2万以内当场定"), by=li, at=spoke, now=spoke)
    with transaction.atomic():
        lead = lock_lead(visit.lead_id)
        choose_grade(lead, "H", by=li, at=spoke, recorded_at=spoke, suggestion=Suggestion("H"))
    return Lead.objects.get()


@transaction.atomic
def prove(lead_id, kind, by, when):
    record_evidence(
        lock_lead(lead_id), kind, ref_kind="test", ref_id=when.toordinal(), by=by, at=when, recorded_at=when
    )


def read(client, user, lead, query=""):
    client.force_login(user)
    return client.get(reverse("leads:card", args=[lead.number]) + query)


def titles(answer):
    return [item.title for item in answer.context["timeline"]]


# --- who may open it ----------------------------------------------------------------------


def test_the_owner_opens_it_and_nobody_is_told(client, lead, li):
    assert read(client, li, lead).status_code == 200
    assert AccessEvent.objects.filter(kind="view_other").count() == 0


def test_a_colleague_and_a_stranger_are_told_nothing(client, lead, wang, qian, store):
    other = person(make_store("west", group=store.group), "west", "西", "manager")
    for user in (wang, qian, other):
        assert read(client, user, lead).status_code == 404


def test_the_manager_opens_it_on_record_once_a_day(client, lead, chen, settings):
    for _time in range(2):
        assert read(client, chen, lead).status_code == 200
    (event,) = AccessEvent.objects.filter(kind="view_other")
    assert (event.by, event.target_kind, event.target_id, event.at) == (
        chen, "lead", lead.pk, at("2026-03-12 14:58"),
    )  # fmt: skip
    settings.DEALER_NOW = at("2026-03-13 09:00").isoformat()
    read(client, chen, lead)
    assert AccessEvent.objects.filter(kind="view_other").count() == 2


def test_who_received_the_customer_today_opens_it_until_the_day_ends(client, store, lead, wang, settings):
    when = at("2026-03-12 11:00")
    log_visit(store, Arrival(lead_id=lead.pk), receiver=wang, by=wang, at=when, now=when)
    assert read(client, wang, lead).status_code == 200
    settings.DEALER_NOW = at("2026-03-13 00:00").isoformat()
    assert read(client, wang, lead).status_code == 404


def test_who_only_reads_finds_no_way_to_log_or_move(client, store, lead, wang):
    when = at("2026-03-12 11:00")
    log_visit(store, Arrival(lead_id=lead.pk), receiver=wang, by=wang, at=when, now=when)
    page = read(client, wang, lead).content.decode()
    for way in ("leads:move", "followups:log"):
        assert reverse(way, args=[lead.number]) not in page


def test_an_unknown_number_is_404_whatever_it_holds(client, li):
    client.force_login(li)
    for number in ("L-000000-00", "%00", "1'--"):
        assert client.get(f"/leads/{number}/").status_code == 404


def test_looking_at_ones_own_card_writes_nothing(client, lead, li):
    client.force_login(li)
    with statements() as asked:
        client.get(reverse("leads:card", args=[lead.number]))
    reads = ("SELECT", "EXECUTE")  # a prepared queryset does nothing but read
    assert [sql for sql in asked if not sql.lstrip("(").startswith(reads)] == []


def test_the_card_is_read_only_by_address(client, lead, li):
    client.force_login(li)
    fields = {"owner": "9", "step": "7", "grade": "O"}
    assert client.post(reverse("leads:card", args=[lead.number]), fields).status_code == 405


# --- what it says ---------------------------------------------------------------------------


def test_the_number_is_masked_and_stands_nowhere_in_full(client, lead, li):
    page = read(client, li, lead).content.decode()
    assert "138****1234" in page
    assert full_numbers(page) == []
    assert "13800131234" not in page


def test_the_nine_steps_carry_their_days_and_what_is_missing(client, lead, li):
    steps = read(client, li, lead).context["steps"]
    assert [(step["state"], step["date"] and step["date"].isoformat()) for step in steps] == [
        ("done", None),
        ("done", "2026-02-26"),
        ("skipped", None),
        ("skipped", None),
        ("done", "2026-03-01"),
        ("current", None),
        ("ahead", None),
        ("ahead", None),
        ("ahead", None),
    ]
    assert (steps[5]["note"], steps[6]["note"], steps[6]["warn"]) == ("day 6", "2 missing", True)


def test_what_is_missing_for_the_next_step_is_listed(client, lead, li):
    answer = read(client, li, lead)
    assert answer.context["missing"] == ("Deposit", "Signed contract")
    prove(lead.pk, "deposit", li, at("2026-03-12 10:00"))
    assert read(client, li, lead).context["missing"] == ("Signed contract",)


def test_the_timeline_is_one_list_newest_first(client, lead, li):
    make_appointment(lead.pk, at("2026-03-14 10:00"), by=li, now=at("2026-03-12 09:00"))
    answer = read(client, li, lead)
    assert titles(answer) == [
        "Visit",
        "Grade A → H",
        "李强 called",
        "6 Negotiation",
        "5 Test drive",
        "Grade A",
        "Lead opened",
        "First visit · 2 persons",
    ]
    items = answer.context["timeline"]
    assert [item.future for item in items] == [True] + [False] * 7
    assert [item.title for item in items if item.soft] == ["李强 called", "First visit · 2 persons"]
    assert items[4].text == "Skipped: Needs analysis, Walkaround. By 李强."


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("contacts", ["李强 called"]),
        ("visits", ["First visit · 2 persons"]),
        ("changes", ["Grade A → H", "6 Negotiation", "5 Test drive", "Grade A", "Lead opened"]),
        ("nonsense", 7),
    ],
)
@pytest.mark.thorough
def test_the_timeline_shows_one_kind_when_asked(client, lead, li, kind, expected):
    found = titles(read(client, li, lead, f"?kind={kind}"))
    assert (len(found) if isinstance(expected, int) else found) == expected


def test_a_hand_move_an_owner_and_the_pool_are_told_in_words(client, lead, li, wang, chen):
    when = at("2026-03-10 10:00")
    advance(lead.pk, to=5, by=li, at=when, reason="想再试一次")
    with transaction.atomic():
        set_owner(
            lock_lead(lead.pk), None, by=chen, at=when, recorded_at=when, reason="lapsed", source="night"
        )
    with transaction.atomic():
        set_owner(lock_lead(lead.pk), wang, by=chen, at=at("2026-03-11 10:00"), recorded_at=when)
    items = [(item.title, item.text) for item in read(client, wang, lead).context["timeline"]]
    assert items[:3] == [
        ("Owner: 王芳", "By 陈刚."),
        ("Into the pool", "Protection ended. By the nightly run."),
        ("5 Test drive", "Moved by hand. 想再试一次. By 李强."),
    ]


def test_older_entries_come_when_asked(client, lead, li):
    Contact.objects.bulk_create(
        Contact(
            lead=lead, by=li, at=at("2026-03-01 10:00") + dt.timedelta(minutes=n),
            recorded_at=at("2026-03-01 10:00"), channel="phone", direction="out", kind="contact",
            outcome="looking",
        )
        for n in range(60)
    )  # fmt: skip
    first = read(client, li, lead)
    assert (len(first.context["timeline"]), first.context["next_shown"]) == (40, 80)
    whole = read(client, li, lead, "?shown=80")
    assert (len(whole.context["timeline"]), whole.context["next_shown"]) == (67, 0)


@pytest.mark.parametrize("shown", ["0", "-1", "x", "999999999999"])
@pytest.mark.thorough
def test_an_odd_count_of_entries_is_read_leniently(client, lead, li, shown):
    assert read(client, li, lead, f"?shown={shown}").status_code == 200


def test_a_customer_without_a_name_or_model_has_a_card_that_says_so(client, store, li):
    page = read(client, li, know(store, li, "13600000001", "")).content.decode()
    assert "No name yet" in page
    assert "No next date" in page


def test_an_open_visit_is_closed_from_the_card(client, store, lead, li):
    when = at("2026-03-12 14:10")
    visit, _new = log_visit(store, Arrival(lead_id=lead.pk), receiver=li, by=li, at=when, now=when)
    page = read(client, li, lead).content.decode()
    assert reverse("showroom:close", args=[visit.pk]) in page


def test_what_a_person_wrote_is_text_and_nothing_else(client, lead, li):
    payload = "<script>alert(1)</script>"
    Lead.objects.filter(pk=lead.pk).update(next_due_on=dt.date(2026, 3, 1))
    lead.customer.name = payload
    lead.customer.save()
    Contact.objects.update(text=payload)
    assert payload not in read(client, li, lead).content.decode()


# --- what it costs ----------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_card_asks_ten_times_at_most_however_long_its_history(client, lead, li, chen):
    read(client, li, lead)
    with statements() as few:
        read_again(client, lead)
    fill(lead, li, MANY)
    with statements() as many:
        read_again(client, lead)
    assert len(few) == len(many) <= 10, "\n".join(many)


def test_a_manager_asks_no_more_once_the_look_is_on_record(client, lead, chen):
    read(client, chen, lead)
    with statements() as asked:
        read_again(client, lead)
    assert len(asked) <= 10, "\n".join(asked)


def read_again(client, lead):
    assert client.get(reverse("leads:card", args=[lead.number])).status_code == 200


def fill(lead, li, count):
    moments = [at("2026-01-01 10:00") + dt.timedelta(minutes=n) for n in range(count)]
    said = {"channel": "phone", "direction": "out", "kind": "contact", "outcome": "looking"}
    Contact.objects.bulk_create(Contact(lead=lead, by=li, at=m, recorded_at=m, **said) for m in moments)
    facts = {"store": lead.store, "kind": "grade", "by": li, "from_value": "A", "to_value": "B"}
    LeadEvent.objects.bulk_create(LeadEvent(lead=lead, at=m, recorded_at=m, **facts) for m in moments)
    row = {"store": lead.store, "receiver": li, "kind": "return", "lead": lead, "customer": lead.customer}
    Visit.objects.bulk_create(
        Visit(
            on=m.date(), flow_serial=9_000 + n, arrived_at=m, left_at=m, recorded_at=m, completed=True, **row
        )
        for n, m in enumerate(moments)
    )


def test_a_second_lead_of_the_same_customer_has_a_card_of_its_own(client, store, lead, li):
    second = LeadFactory(store=store, customer=lead.customer, car_no=2, owner=li)
    assert titles(read(client, li, second)) == []


# --- who else has a part in it ----------------------------------------------------------------


@pytest.mark.thorough
def test_the_head_names_who_works_along_since_when_and_who_claims_it(
    client, store, lead, li, wang, zhao, chen
):
    address = reverse("leads:card", args=[lead.number])
    client.force_login(li)
    visit = Arrival(lead_id=lead.pk)
    log_visit(store, visit, receiver=wang, by=wang, at=at("2026-03-11 10:00"), now=at("2026-03-11 10:00"))
    client.get(address)  # the store's rules are in memory from here on
    with statements() as before:
        client.get(address)
    add_collaborator(lead.pk, zhao, by=li, at=at("2026-03-10 09:00"))
    dispute = open_dispute(lead.pk, by=wang, claim="I showed them round", at=at("2026-03-11 18:00"))
    sheet = f'hx-get="/disputes/{dispute.pk}/"'
    with statements() as asked:
        page = client.get(address).content.decode()
    assert len(asked) == len(before) + 1
    for words in ("with 赵敏 since", 'datetime="2026-03-10"', "claimed by 王芳,", "18:00"):
        assert words in page
    assert [sheet in read(client, user, lead).content.decode() for user in (li, chen, zhao)] == [
        True, True, False,
    ]  # fmt: skip
    assert "claimed by 王芳" in read(client, zhao, lead).content.decode()
