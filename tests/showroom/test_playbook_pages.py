"""The playbook on a phone: found in seconds, read beside the work, written by who leads (SPEC 23)."""

import datetime as dt

import pytest
from django.urls import reverse

from leads.steps import Step
from showroom.models import PlaybookPage, PlaybookText
from showroom.playbook import PageDraft, install_start, pages_for, save_page
from tests.conftest import at
from tests.factories import CarModelFactory, LeadFactory
from tests.leads.set_aside import lose_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 10:00")
TODAY = dt.date(2026, 3, 12)
LIST = "/playbook/"


@pytest.fixture
def sign_in(client, settings):
    settings.DEALER_NOW = "2026-03-12T10:00:00+08:00"

    def as_one(user):
        client.force_login(user)
        return client

    return as_one


@pytest.fixture
def playbook(store):
    """The pages that a store opens with."""
    install_start(store, at=NOW)


def shown(answer):
    return [leaf.text.title_en for group in answer.context["groups"] for leaf in group["leaves"]]


def talk(store, by, title="Ours", **more):
    words = {"title_en": title, "body_en": "“Good to see you.”"}
    return save_page(store, PageDraft(**{"step": 2, "kind": "talk", "words": words} | more), by=by, at=NOW)


def typed(client, url, **more):
    """What a browser sends: the form's own values, with some typed anew."""
    form = client.get(url).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in (values | more).items() if value not in (None, "", False)}


@pytest.mark.usefixtures("playbook")
def test_the_playbook_lists_the_pages_of_each_step(sign_in, store, li):
    answer = sign_in(li).get(LIST)
    assert [step["count"] for step in answer.context["steps"]] == [7, 9, 15, 14, 7, 27, 6, 7, 7]
    assert PlaybookPage.objects.filter(store=store).count() == 99


@pytest.mark.usefixtures("playbook")
def test_a_step_lists_its_pages_and_the_filters_stand_in_the_address(sign_in, li):
    client = sign_in(li)
    assert len(shown(client.get(LIST, {"step": "negotiation"}))) == 27
    assert len(shown(client.get(LIST, {"step": "negotiation", "tag": "error"}))) == 1
    assert len(shown(client.get(LIST, {"asks": "open"}))) == 12
    assert len(shown(client.get(LIST, {"step": "needs", "kind": "question", "asks": "closed"}))) == 3
    assert len(shown(client.get(LIST, {"kind": "fabe"}))) == 6


@pytest.mark.usefixtures("playbook")
def test_step_three_has_its_four_tabs_two_of_them_empty(sign_in, li):
    filters = sign_in(li).get(LIST, {"step": "needs"}).context["filters"]
    assert [(one["name"], one["count"]) for one in filters[:4]] == [
        ("Look", 0),
        ("Listen", 10),
        ("Ask", 12),
        ("Feel", 0),
    ]


@pytest.mark.usefixtures("playbook")
def test_search_answers_in_both_languages_over_all_steps(sign_in, li):
    client = sign_in(li)
    assert shown(client.get(LIST, {"q": "1.5米"})) == ["From the car park to the desk"]
    assert shown(client.get(LIST, {"q": "HUNG UP"})) == ["Three manners on the phone"]
    assert "Nothing found" in client.get(LIST, {"q": "zzz"}).content.decode()


@pytest.mark.usefixtures("playbook")
def test_beside_the_work_a_step_opens_as_a_sheet_and_without_frame_inside_another(sign_in, li):
    client = sign_in(li)
    url = reverse("showroom:playbook_beside", args=["reception"])
    sheet = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in sheet
    assert "Internal: never shown to a customer" in sheet
    inside = client.get(url, {"part": "1", "tag": "phone"}, headers={"HX-Request": "true"})
    assert shown(inside) == [
        "Three manners on the phone",
        "An enquiry rings",
        "The colleague they ask for cannot answer",
    ]
    assert "sheet-head" not in inside.content.decode()
    assert client.get(reverse("showroom:playbook_beside", args=["nowhere"])).status_code == 404


def test_prod_02_the_benefits_of_the_car_that_is_shown_stand_on_top(sign_in, store, chen, li):
    teana, kicks = (CarModelFactory(group=store.group, name_en=name) for name in ("Teana", "Kicks"))
    parts = {"feature_en": "Camera", "advantage_en": "Sees all", "benefit_en": "Parks with ease"}
    for title, car in (("For all", None), ("Teana's camera", teana), ("Kicks' camera", kicks)):
        draft = PageDraft(step=4, kind="fabe", words={"title_en": title}, parts=parts, car_model=car)
        save_page(store, draft, by=chen, at=NOW)
    client, url = sign_in(li), reverse("showroom:playbook_beside", args=["walkaround"])
    assert sorted(shown(client.get(url))) == ["For all", "Kicks' camera", "Teana's camera"]
    beside = client.get(url, {"car_model": teana.pk})
    assert shown(beside) == ["Teana's camera", "For all"]
    assert beside.context["groups"][0]["name"] == "Teana"
    assert shown(client.get(url, {"car_model": "x"})) == ["For all"]


def test_the_sheet_of_a_car_keeps_it_when_it_is_narrowed(sign_in, store, li):
    install_start(store, at=NOW)
    car = CarModelFactory(group=store.group)
    url = reverse("showroom:playbook_beside", args=["negotiation"])
    tags = sign_in(li).get(url, {"car_model": car.pk, "tag": "objection"}).context["tags"]
    addresses = {name: address for address, name, _current in tags}
    assert addresses["Objections"] == f"{url}?car_model={car.pk}"
    assert addresses["Errors to avoid"] == f"{url}?car_model={car.pk}&tag=error"


def test_one_page_says_it_is_internal_and_has_words_for_experts(sign_in, store, li):
    install_start(store, at=NOW)
    page = PlaybookPage.objects.get(store=store, code="five-aspects")
    html = sign_in(li).get(reverse("showroom:playbook_page", args=[page.pk])).content.decode()
    assert "Internal: never shown to a customer" in html
    assert "For experts" in html
    assert "Change the page" not in html


def test_a_promotion_that_is_over_is_404_for_staff_and_marked_for_the_manager(sign_in, store, chen, li):
    page = talk(store, chen, kind="promotion", valid_to=dt.date(2026, 3, 11))
    url = reverse("showroom:playbook_page", args=[page.pk])
    assert sign_in(li).get(url).status_code == 404
    assert "only you see it here" in sign_in(chen).get(url).content.decode()
    assert shown(sign_in(chen).get(LIST, {"show": "rest"})) == ["Ours"]
    assert "Ours" not in shown(sign_in(li).get(LIST, {"show": "rest"}))


def test_the_manager_writes_a_page_once_however_often_it_is_sent(sign_in, store, chen):
    client, url = sign_in(chen), reverse("showroom:playbook_new")
    sent = typed(client, f"{url}?step=needs", title_zh="开场", body_zh="“您好。”")
    for _twice in range(2):
        assert client.post(url, sent)["Location"] == "/playbook/?step=needs"
    text = PlaybookText.objects.get()
    assert (text.title_zh, text.body_zh, text.page.step, text.by) == ("开场", "“您好。”", Step.NEEDS, chen)


def test_a_benefit_left_empty_is_told_at_its_field_and_nothing_is_lost(sign_in, chen):
    client, url = sign_in(chen), reverse("showroom:playbook_new")
    more = {"kind": "fabe", "title_zh": "滑门", "feature_zh": "侧滑门", "advantage_zh": "窄车位"}
    answer = client.post(url, typed(client, url, **more))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["benefit_zh"]
    assert "窄车位" in answer.content.decode()


def test_two_managers_change_a_page_and_both_values_stand(sign_in, store, chen):
    page = talk(store, chen)
    client, url = sign_in(chen), reverse("showroom:playbook_edit", args=[page.pk])
    first, second = (
        typed(client, url, body_en="“Hello.”"),
        typed(client, url, body_en="“Hi.”", title_zh="我们的"),
    )
    assert client.post(url, first).status_code == 302
    answer = client.post(url, second)
    assert answer.status_code == 409
    assert [(clash.theirs, clash.yours) for clash in answer.context["form"].clashes] == [
        ("“Hello.”", "“Hi.”")
    ]
    form = answer.context["form"]
    again = {name: form[name].value() for name in form.fields}
    assert client.post(url, {name: value for name, value in again.items() if value}).status_code == 302
    page.refresh_from_db()
    assert (page.version, page.texts.get(version=3).title_zh) == (3, "我们的")


def test_an_older_version_is_brought_back_by_a_button(sign_in, store, chen):
    page = talk(store, chen)
    client, url = sign_in(chen), reverse("showroom:playbook_edit", args=[page.pk])
    client.post(url, typed(client, url, body_en="“Hello.”"))
    assert "Let this version stand again" in client.get(url).content.decode()
    back = reverse("showroom:playbook_back", args=[page.pk])
    assert client.post(back, {"version": "1"}).status_code == 302
    assert client.post(back, {"version": "9"}).status_code == 404
    assert client.post(back, {"version": "x"}).status_code == 404
    (text,) = pages_for(store, on=TODAY)
    assert (text.version, text.body_en) == (3, "“Good to see you.”")


def test_a_lost_case_becomes_a_page_that_keeps_the_link(sign_in, store, chen, li):
    lead = LeadFactory(store=store, owner=li, step=Step.NEGOTIATION)
    loss = lose_lead(lead, li, at("2026-03-11 10:00"), code="price")
    client = sign_in(chen)
    url = reverse("showroom:playbook_new") + f"?loss={loss.pk}"
    assert url in client.get(reverse("leads:loss", args=[loss.pk])).content.decode()
    sent = typed(client, url, title_en="Price again", body_en="“Compared with what?”")
    assert sent["step"] == "negotiation"
    client.post(url, sent)
    page = PlaybookPage.objects.get(loss=loss)
    reading = reverse("showroom:playbook_page", args=[page.pk])
    assert "From a lost case" in client.get(reading).content.decode()
    assert client.get(reverse("showroom:playbook_new") + "?loss=999999").status_code == 404
    assert client.get(reverse("showroom:playbook_new") + "?loss=x").status_code == 404


def test_the_light_bulb_stands_beside_the_work(sign_in, store, li):
    lead = LeadFactory(store=store, owner=li, step=Step.NEGOTIATION)
    client = sign_in(li)
    card = client.get(reverse("leads:card", args=[lead.number])).content.decode()
    assert reverse("showroom:playbook_beside", args=["negotiation"]) in card
    report = client.get(reverse("showroom:needs", args=[lead.number])).content.decode()
    assert reverse("showroom:playbook_beside", args=["needs"]) in report
    for name, step in (("walkaround", "walkaround"), ("price_talk", "negotiation")):
        work = client.get(reverse(f"showroom:{name}", args=[lead.number])).content.decode()
        assert reverse("showroom:playbook_beside", args=[step]) in work
    call = client.get(reverse("showroom:call")).content.decode()
    assert reverse("showroom:playbook_beside", args=["reception"]) + "?part=1&amp;tag=phone" in call


def test_what_the_customer_likes_stands_on_top_of_the_log_sheet(sign_in, store, li):
    lead = LeadFactory(store=store, owner=li, customer__hobbies="足球")
    url = reverse("followups:log", args=[lead.number])
    sheet = sign_in(li).get(url, headers={"HX-Request": "true"}).content.decode()
    assert sheet.index("足球") < sheet.index("</header>")


@pytest.mark.usefixtures("playbook")
def test_list_page_and_sheet_keep_their_statements(sign_in, store, li):
    client = sign_in(li)
    client.get(LIST)
    page = PlaybookPage.objects.filter(store=store).first()
    for url in (
        LIST,
        f"{LIST}?step=needs",
        f"{LIST}?q=car",
        "/playbook/beside/needs/",
        f"/playbook/{page.pk}/",
    ):
        with statements() as asked:
            client.get(url)
        assert len(asked) <= 6, (url, asked)
