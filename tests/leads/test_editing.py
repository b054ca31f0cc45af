"""Editing the card: exact rows, both values at a conflict, no field lost (CARD-10, A10, A15, A16, A72)."""

import datetime as dt
import random

import pytest
from django.db import transaction

from leads.forms_card import CAR_FIELDS, FIELDS, CardForm
from leads.models import Consent, ContactPoint, Customer, FieldChange, Lead, LeadEvent, LeadModel, Term
from leads.moves import lock_lead
from leads.ownership import set_owner
from tests.conftest import at
from tests.factories import CarModelFactory, make_person
from tests.numbers import full_numbers
from tests.showroom.known import know
from tests.sizes import MANY
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 10:00")


@pytest.fixture(autouse=True)
def _morning(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def lead(store, li):
    return know(store, li, "13800000001", "张伟", car="N7")


@pytest.fixture
def as_li(client, li):
    client.force_login(li)
    return client


def url(lead, what="edit"):
    return f"/leads/{lead.number}/{what}/"


def opened(client, lead) -> dict:
    """What the form of the page holds, as a browser would send it back unchanged."""
    return values_of(client.get(url(lead)))


def read_now(lead) -> dict:
    """The same without the page around it."""
    return values_in(CardForm(lead=Lead.objects.select_related("customer", "store").get(pk=lead.pk)))


def values_of(answer) -> dict:
    return {"opened": answer.context["opened"], **values_in(answer.context["form"])}


def values_in(form) -> dict:
    values = {}
    for name in FIELDS:
        bound = form[name]
        for html_name, value in ((name, bound.value()), (bound.html_initial_name, first_of(form, bound))):
            values[html_name] = "" if value is None else str(value)
    for name in ("customer_version", "lead_version"):
        values[name] = str(form[name].value())
    return values


def first_of(form, bound):
    return form.data.get(bound.html_initial_name) if form.is_bound else form.initial[bound.name]


def save(client, lead, values, **changes):
    return client.post(url(lead), {**values, **changes})


def changes_of(lead):
    rows = FieldChange.objects.filter(ref_kind="customer", ref_id=lead.customer_id).order_by("id")
    return [(row.field, row.old, row.new, row.by.username) for row in rows]


# --- one editor -----------------------------------------------------------------------------------


def test_a_save_writes_what_was_changed_and_nothing_else(as_li, lead, store, li):
    channel = Term.objects.filter(store=store, list="channel").first()
    second = CarModelFactory(group=store.group)
    facts = {
        "name": "张大伟", "birthday": "1988-06-15", "address": "浦东新区", "occupation": "教师",
        "family": "两个孩子", "hobbies": "钓鱼", "current_car": "轩逸 2015", "language": "zh-hans",
        "wechat_added": "yes",
        "channel_id": str(channel.pk), "expected_on": "2026-04-30", "model_2": str(second.pk),
    }  # fmt: skip
    answer = save(as_li, lead, opened(as_li, lead), **facts)
    assert answer.headers["Location"] == f"/leads/{lead.number}/"
    lead = Lead.objects.select_related("customer").get(pk=lead.pk)
    customer = lead.customer
    assert (customer.name, customer.birthday, customer.address) == (
        "张大伟",
        dt.date(1988, 6, 15),
        "浦东新区",
    )
    assert (customer.occupation, customer.family, customer.hobbies) == ("教师", "两个孩子", "钓鱼")
    assert (customer.wechat_added, customer.wechat_at, customer.wechat_by) == ("yes", NOW, li)
    assert (lead.channel, lead.expected_on, customer.version, lead.version) == (
        channel,
        dt.date(2026, 4, 30),
        2,
        2,
    )
    assert list(lead.interests.order_by("rank").values_list("car_model", "rank"))[1] == (second.pk, 2)
    event = LeadEvent.objects.get(lead=lead, kind="edit")
    assert (event.by, event.data) == (
        li,
        {"fields": [
            "name", "birthday", "address", "occupation", "family", "hobbies", "current_car", "language",
            "wechat_added", "channel_id", "expected_on", "models",
        ]},
    )  # fmt: skip
    assert ("name", "张伟", "张大伟", "li") in changes_of(lead)
    assert len(changes_of(lead)) == 9
    assert set(customer.name_keys.values_list("key", flat=True)) >= {"张大伟", "zhangdawei", "zdw"}


def test_an_unchanged_form_writes_nothing(as_li, lead):
    assert save(as_li, lead, opened(as_li, lead)).status_code == 302
    lead.refresh_from_db()
    assert (lead.version, Customer.objects.get().version) == (1, 1)
    assert (LeadEvent.objects.count(), FieldChange.objects.count()) == (0, 0)


def test_the_card_says_which_fields_and_not_what(as_li, lead):
    save(as_li, lead, opened(as_li, lead), family="两个孩子", hobbies="钓鱼")
    html = as_li.get(f"/leads/{lead.number}/?kind=changes").content.decode()
    assert "Family, Likes." in html


def test_the_four_personal_fields_are_optional_and_only_for_those_with_the_card(client, as_li, lead, wang):
    """CARD-10."""
    save(
        as_li, lead, opened(as_li, lead), address="浦东", occupation="教师", family="两个孩子", hobbies="钓鱼"
    )
    assert (
        save(as_li, lead, opened(as_li, lead), address="", occupation="", family="", hobbies="").status_code
        == 302
    )
    customer = Customer.objects.get()
    assert (customer.address, customer.occupation, customer.family, customer.hobbies) == ("", "", "", "")
    client.force_login(wang)
    assert (client.get(url(lead)).status_code, client.get(f"/leads/{lead.number}/").status_code) == (404, 404)


def test_models_keep_their_order_and_one_is_named_once(as_li, lead, store):
    first = lead.interests.get().car_model_id
    second, third = (CarModelFactory(group=store.group).pk for _ in range(2))
    save(as_li, lead, opened(as_li, lead), model_1=str(second), model_2=str(first), model_3=str(third))
    rows = list(lead.interests.order_by("rank").values_list("car_model", flat=True))
    assert rows == [second, first, third]
    again = save(as_li, lead, opened(as_li, lead), model_3=str(second))
    assert (again.status_code, "Each model once." in again.content.decode()) == (422, True)
    assert list(lead.interests.order_by("rank").values_list("car_model", flat=True)) == rows


def test_a_model_added_meanwhile_is_not_lost(as_li, lead, store):
    values, fresh = opened(as_li, lead), CarModelFactory(group=store.group)
    LeadModel.objects.create(lead=lead, car_model=fresh, rank=2)
    other = CarModelFactory(group=store.group)
    save(as_li, lead, values, model_1=str(other.pk))
    rows = list(lead.interests.order_by("rank").values_list("car_model", flat=True))
    assert rows == [other.pk, fresh.pk]


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("birthday", "2030-01-01", "Nobody is born in the future."),
        ("birthday", "1800-01-01", "This day cannot be right."),
        ("birthday", "2026-02-30", "Enter a valid date."),
        ("expected_on", "2026-03-11", "The day lies in the past. Pick today or later."),
        ("expected_on", "9999-12-31", "This day cannot be right."),
        ("name", "", "A card keeps its name. Write the right one over it."),
        ("name", "张" * 81, "Ensure this value has at most 80 characters"),
        ("channel_id", "0", "Select a valid choice."),
        ("model_1", "99999999999999999999", "Select a valid choice."),
        ("wechat_added", "maybe", "Select a valid choice."),
    ],
)
@pytest.mark.thorough
def test_what_cannot_be_is_told_at_its_field_and_nothing_is_saved(as_li, lead, field, typed, says):
    """RELIABILITY 42."""
    answer = save(as_li, lead, opened(as_li, lead), **{field: typed, "hobbies": "钓鱼"})
    html = answer.content.decode()
    assert (answer.status_code, says in html, 'value="钓鱼"' in html) == (422, True, True)
    assert (FieldChange.objects.count(), Customer.objects.get().version) == (0, 1)


NASTY = ["\x00", "a\x00b", "\u202e张伟", "\u200b", "👨‍👩‍👧", "﷽" * 60, "<script>", "' OR 1=1 --", "\ud83d"]


@pytest.mark.parametrize("texts", [2, pytest.param(15, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.thorough
def test_strange_signs_are_no_fault(as_li, lead, field, texts):
    """RELIABILITY 40: each field bears some of them in every run, and all of them in CI."""
    chance = random.Random(field)
    signs = [
        chr(chance.choice((chance.randrange(32), chance.randrange(0x250), chance.randrange(0x3000, 0xFFFF))))
        for _ in range(400)
    ]
    typed = [*NASTY, *("".join(chance.choices(signs, k=20)) for _ in range(6))]
    values = opened(as_li, lead)
    for text in chance.sample(typed, texts):
        sent = {**values, field: text.encode("utf-8", "ignore").decode()}
        with transaction.atomic():
            status = as_li.post(url(lead), sent).status_code
            transaction.set_rollback(True)
        assert status in (302, 422), repr(text)


def test_fields_that_are_not_on_the_form_change_nothing(as_li, lead, wang):
    """RELIABILITY 47."""
    before = Lead.objects.filter(pk=lead.pk).values().get()
    extra = {
        "owner": wang.pk, "owner_id": wang.pk, "store": 7, "grade": "O", "step": 9, "status": "lost",
        "is_staff": "1", "created_at": "2020-01-01", "price_ok": "1", "merged_into": 1, "number": "L-1",
        "version": 99, "card_opened_at": "2020-01-01", "group": 9, "phone": "13900000009",
    }  # fmt: skip
    assert save(as_li, lead, opened(as_li, lead), **extra).status_code == 302
    assert Lead.objects.filter(pk=lead.pk).values().get() == before
    assert (ContactPoint.objects.count(), FieldChange.objects.count()) == (1, 0)


def test_no_full_number_ever_reaches_the_form(as_li, lead):
    html = as_li.get(url(lead)).content.decode()
    assert ("138****0001" in html, full_numbers(html)) == (True, [])


def test_who_may_edit(client, lead, li, wang, chen, qian, store):
    lead.setter = wang
    lead.save()
    for who, status in ((li, 200), (wang, 200), (chen, 200), (qian, 404)):
        client.force_login(who)
        assert client.get(url(lead)).status_code == status, who
    Lead.objects.filter(pk=lead.pk).update(step=3)
    client.force_login(wang)  # the setter reads on after reception
    assert client.get(url(lead)).status_code == 403


# --- two editors ----------------------------------------------------------------------------------


@pytest.fixture
def as_chen(client_of, chen):
    return client_of(chen)


@pytest.fixture
def client_of():
    from django.test import Client

    def sign_in(user):
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def test_who_saves_second_sees_both_values_and_chooses(as_li, as_chen, lead):
    lis, chens = opened(as_li, lead), opened(as_chen, lead)
    save(as_chen, lead, chens, hobbies="网球", family="一个孩子")
    answer = save(as_li, lead, lis, hobbies="钓鱼", occupation="教师")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody changed this card meanwhile." in html
    assert ("Saved meanwhile: <b>网球</b>" in html, 'value="钓鱼"' in html, 'value="教师"' in html) == (
        True,
        True,
        True,
    )
    assert answer.context["clashes"] == {"hobbies": "网球"}
    assert Customer.objects.get().hobbies == "网球"
    again = values_of(answer) | {"clash": "hobbies"}
    assert again["family"] == "一个孩子"
    unchosen = as_li.post(url(lead), again)
    html = unchosen.content.decode()
    assert (unchosen.status_code, "Choose which of the two stays." in html) == (422, True)
    assert ("Saved meanwhile: <b>网球</b>" in html, 'value="钓鱼"' in html) == (True, True)
    as_li.post(url(lead), {**again, "take-hobbies": "mine"})
    customer = Customer.objects.get()
    assert (customer.hobbies, customer.occupation, customer.family) == ("钓鱼", "教师", "一个孩子")


def test_theirs_may_stay(as_li, as_chen, lead):
    lis = opened(as_li, lead)
    save(as_chen, lead, opened(as_chen, lead), hobbies="网球")
    again = values_of(save(as_li, lead, lis, hobbies="钓鱼")) | {"clash": "hobbies", "take-hobbies": "theirs"}
    assert as_li.post(url(lead), again).status_code == 302
    assert Customer.objects.get().hobbies == "网球"


@pytest.mark.parametrize("turns", [5, pytest.param(200, marks=pytest.mark.thorough)])
@pytest.mark.thorough
def test_interleavings_of_two_editors_lose_no_field(as_li, as_chen, lead, turns):
    """RELIABILITY 25: every stale save is a conflict page, and a saved value stands or was chosen away."""
    chance, texts = random.Random(25), ("address", "occupation", "family", "hobbies", "current_car")
    conflicts = stale = 0
    wanted = dict.fromkeys(texts, "")
    for turn in range(turns):
        editors = [(as_li, "li"), (as_chen, "chen")]
        chance.shuffle(editors)
        open_forms = [(client, who, read_now(lead)) for client, who in editors]
        saved_before = False
        for client, who, values in open_forms:
            edits = dict.fromkeys(chance.sample(texts, chance.randint(1, 3)), f"{who}{turn}")
            answer = save(client, lead, values, **edits)
            stale += saved_before
            if answer.status_code == 409:
                conflicts += 1
                again = values_of(answer)
                clashes = list(answer.context["clashes"])
                assert set(clashes) == {name for name in edits if wanted[name] != values[name]}
                takes = {name: chance.choice(("mine", "theirs")) for name in clashes}
                again |= {"clash": clashes, **{f"take-{name}": take for name, take in takes.items()}}
                edits = {name: new for name, new in edits.items() if takes.get(name) != "theirs"}
                assert client.post(url(lead), again).status_code == 302
            else:
                assert answer.status_code == 302
            wanted |= edits
            saved_before = True
        customer = Customer.objects.get()
        assert {name: getattr(customer, name) for name in texts} == wanted
    assert (stale, conflicts) == (turns, turns)


def test_a_lead_given_away_while_the_form_is_open_keeps_the_text(as_li, lead, li, wang, chen):
    """RELIABILITY 26."""
    values = opened(as_li, lead)
    set_owner(lock_lead(lead.pk), wang, by=chen, at=NOW, recorded_at=NOW)
    before = Lead.objects.filter(pk=lead.pk).values().get()
    answer = save(as_li, lead, values, family="两个孩子")
    html = answer.content.decode()
    assert (answer.status_code, "两个孩子" in html, "No longer your customer" in html) == (409, True, True)
    assert (Lead.objects.filter(pk=lead.pk).values().get(), FieldChange.objects.count()) == (before, 0)
    assert save(as_li, lead, values | {"opened": "x"}, family="两个孩子").status_code == 404


# --- contact points -------------------------------------------------------------------------------


def versions(lead):
    lead.refresh_from_db()
    return {"customer_version": lead.customer.version, "lead_version": lead.version}


def add(client, lead, kind, value, **more):
    lead = Lead.objects.get(pk=lead.pk)
    return client.post(url(lead, "points"), {**versions(lead), "kind": kind, "value": value, **more})


@pytest.mark.parametrize(
    ("kind", "typed", "kept", "tail"),
    [
        ("phone", "139 0000 0002", "+8613900000002", "0002"),
        ("email", "Zhang.Wei@Example.com", "zhang.wei@example.com", ""),
        ("wechat", " zhangwei_88 ", "zhangwei_88", ""),
    ],
)
def test_a_new_contact_point_stands_beside_the_old_one(as_li, lead, li, kind, typed, kept, tail):
    assert add(as_li, lead, kind, typed).status_code == 302
    point = ContactPoint.objects.latest("id")
    assert (point.value, point.tail, point.customer, point.obtained_by) == (kept, tail, lead.customer, li)
    assert (ContactPoint.objects.count(), Customer.objects.get().version) == (2, 2)
    assert changes_of(lead) == [(kind, "", kept, "li")]
    assert LeadEvent.objects.get(kind="edit").data == {"fields": [kind]}


@pytest.mark.parametrize(
    ("kind", "typed", "says"),
    [
        ("phone", "138000", "This is no whole phone number."),
        ("email", "zhang", "This is no e-mail address."),
        ("phone", "13800000001", "This stands on the card already."),
        ("phone", "13700000003", "Another card has this."),
    ],
)
@pytest.mark.thorough
def test_what_is_no_way_to_reach_them_is_refused_and_stays_typed(as_li, lead, store, wang, kind, typed, says):
    know(store, wang, "13700000003", "李四")
    answer = add(as_li, lead, kind, typed)
    html = answer.content.decode()
    assert (answer.status_code, says in html, f'value="{typed}"' in html) == (422, True, True)
    assert (ContactPoint.objects.count(), "李四" in html) == (2, False)


def test_a_shared_number_may_stand_on_two_cards(as_li, lead, store, wang):
    know(store, wang, "13700000003", "李四")
    assert add(as_li, lead, "phone", "13700000003", shared="on").status_code == 302
    assert ContactPoint.objects.filter(value="+8613700000003").count() == 2


def test_the_old_number_ends_and_the_last_one_stays(as_li, lead):
    add(as_li, lead, "phone", "13900000002")
    old = ContactPoint.objects.earliest("id")
    assert (
        as_li.post(url(lead, "points"), {**versions(lead), "act": "end", "point": old.pk}).status_code == 302
    )
    old.refresh_from_db()
    assert old.ended_at == NOW
    last = ContactPoint.objects.latest("id")
    answer = as_li.post(url(lead, "points"), {**versions(lead), "act": "end", "point": last.pk})
    assert (answer.status_code, "Add the new one first." in answer.content.decode()) == (422, True)


def test_a_line_of_a_family_is_marked_as_shared(as_li, lead):
    point = ContactPoint.objects.get()
    as_li.post(url(lead, "points"), {**versions(lead), "act": "share", "point": point.pk})
    point.refresh_from_db()
    assert point.shared is True


def test_a_strange_point_is_404_and_a_stale_form_409_with_its_text(as_li, as_chen, lead, store, wang):
    other = know(store, wang, "13700000003", "李四").customer.contact_points.get()
    assert (
        as_li.post(url(lead, "points"), {**versions(lead), "act": "end", "point": other.pk}).status_code
        == 404
    )
    stale = versions(lead)
    save(as_chen, lead, opened(as_chen, lead), hobbies="网球")
    answer = as_li.post(url(lead, "points"), {**stale, "kind": "phone", "value": "13900000002"})
    html = answer.content.decode()
    assert (answer.status_code, 'value="13900000002"' in html, ContactPoint.objects.count()) == (409, True, 2)
    fresh = answer.context["point_form"]
    assert (fresh["customer_version"].value(), fresh["lead_version"].value()) == ("2", "1")


# --- consent --------------------------------------------------------------------------------------


def test_consent_is_rows_and_the_newest_decides(as_li, lead, li):
    said = {"purpose": "marketing", "channel": "wechat", "evidence": "written"}
    for given in ("1", "0"):
        as_li.post(url(lead, "consents"), {**versions(lead), **said, "given": given})
    rows = Consent.objects.order_by("id").values_list(
        "purpose", "channel", "given", "evidence", "wording_version", "by"
    )
    assert list(rows) == [
        ("marketing", "wechat", True, "written", "1", li.pk),
        ("marketing", "wechat", False, "written", "", li.pk),
    ]
    html = as_li.get(url(lead)).content.decode()
    assert html.count("Offers and invitations · WeChat") == 1
    assert "does not want it · wrote so · 李强" in html


def test_asked_to_stop_is_one_tap(as_li, lead):
    html = as_li.get(url(lead)).content.decode()
    assert 'name="channel" value="all"' in html
    stop = {"purpose": "contact", "channel": "all", "given": "0", "evidence": "said"}
    assert as_li.post(url(lead, "consents"), {**versions(lead), **stop}).status_code == 302
    assert Consent.objects.get().given is False


# --- statements -----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [10, MANY])
@pytest.mark.thorough
def test_statements(as_li, lead, count):
    FieldChange.objects.bulk_create(
        FieldChange(ref_kind="customer", ref_id=lead.customer_id, field="family", by=lead.owner, at=NOW)
        for _ in range(count)
    )
    values = opened(as_li, lead)
    with statements() as asked:
        as_li.get(url(lead))
    assert len(asked) <= 12, "\n".join(asked)
    with statements() as asked:
        save(as_li, lead, values, family="两个孩子")
    assert len(asked) <= 15, "\n".join(asked)


def test_every_field_of_the_form_is_named():
    assert set(CAR_FIELDS) < set(FIELDS)


def test_the_facts_on_the_card_lead_to_the_form_for_who_works_on_it(client, as_li, lead, store):
    save(as_li, lead, opened(as_li, lead), birthday="1988-06-15")
    html = as_li.get(f"/leads/{lead.number}/").content.decode()
    assert (f'href="{url(lead)}"' in html, "15 Jun 1988" in html) == (True, True)
    client.force_login(make_person(store, "gao", "高总", "general_manager"))
    assert f'href="{url(lead)}"' not in client.get(f"/leads/{lead.number}/").content.decode()
