"""Addresses of one's own and of a store's group: masked, tested, ended; urgent notices go there (A43)."""

import sys
import types

import pytest

from accounts.errors import Refused
from accounts.models import SettingChange
from accounts.rules import set_setting
from followups.models import Outbox, StaffChannel
from followups.notices import tell
from followups.staff_channels import add_channel, channels_of, end_channel
from leads.models import Customer
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 10:00")
SECRET = "wecombot://693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


@pytest.fixture(autouse=True)
def _morning(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture(autouse=True)
def apprise(monkeypatch):
    """The optional extra, as far as an address is read by it."""
    module = types.ModuleType("apprise")
    module.__spec__ = types.SimpleNamespace(name="apprise")
    module.Apprise = types.SimpleNamespace(instantiate=lambda url: url != "wecombot://")
    monkeypatch.setitem(sys.modules, "apprise", module)


def add(store, person, by=None, url=SECRET, **facts):
    facts = {"name": "My phone", "urgent_only": False} | facts
    return add_channel(store, person, url=url, by=by or person, now=NOW, **facts)


def login(client, person):
    client.force_login(person, backend="accounts.backends.StaffBackend")
    return client


def test_an_address_is_added_and_shown_by_its_end_only(client, store, li):
    fields = {"name": "My phone", "url": SECRET, "urgent_only": ""}
    assert login(client, li).post("/me/channels/add/", fields).headers["Location"] == "/me/"
    html = client.get("/me/").content.decode()
    assert "wecombot://…5aaa" in html
    assert "693a91f6" not in html
    assert "693a91f6" not in str(SettingChange.objects.values_list("key", "new"))


@pytest.mark.parametrize(
    "url", ["json://localhost:6379", "http://10.0.0.1", "mailto", "", "wecombot://", "file:///etc/passwd"]
)
def test_what_is_not_on_the_list_is_refused_and_kept_as_typed(client, store, li, url):
    answer = login(client, li).post("/me/channels/add/", {"name": "x", "url": url})
    assert answer.status_code == 422
    assert f'value="{url}"' in answer.content.decode() or not url
    assert not StaffChannel.objects.exists()


def test_five_are_the_most(store, li):
    for _ in range(5):
        add(store, li)
    with pytest.raises(Refused):
        add(store, li)
    assert StaffChannel.objects.count() == 5


def test_without_apprise_it_says_how_to_install_it(client, store, li, monkeypatch):
    monkeypatch.setattr("followups.views_channels.is_offered", lambda: False)
    html = login(client, li).get("/me/").content.decode()
    assert "pip install -r requirements-notify.txt" in html
    assert "/me/channels/add/" not in html
    assert client.post("/me/channels/add/", {"name": "x", "url": SECRET}).status_code == 422


def test_what_is_urgent_goes_there_at_once_and_once(store, li, wang):
    channel = add(store, li)
    lead = make_lead(store, li)
    for cause in ("a", "a", "b"):
        tell(li, store=store, kind="enquiry_due", cause=cause, lead=lead, now=NOW)
    tell(li, store=store, kind="given", cause="c", lead=lead, now=NOW)
    tell(wang, store=store, kind="enquiry_due", cause="a", lead=lead, now=NOW)
    rows = Outbox.objects.order_by("pk")
    assert [(row.staff_channel, row.text, row.not_before) for row in rows] == [
        (channel, f"Call enquiry {lead.number} now", NOW)
    ] * 2


def test_the_link_is_there_where_the_machine_knows_its_address(store, li, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://crm.example"]
    add(store, li)
    lead = make_lead(store, li)
    tell(li, store=store, kind="enquiry_due", cause="a", lead=lead, now=NOW)
    assert Outbox.objects.get().text.splitlines()[1] == f"https://crm.example/leads/{lead.number}/"


@pytest.mark.parametrize("named", [False, True])
def test_the_customer_is_named_only_where_the_store_says_so(store, li, chen, named):
    set_setting(store, "notices_name_customers", named, by=chen, at=NOW)
    add(store, li)
    lead = make_lead(store, li)
    Customer.objects.filter(pk=lead.customer_id).update(name="孙丽华")
    lead.refresh_from_db()
    tell(li, store=store, kind="enquiry_due", cause="a", lead=lead, now=NOW)
    assert ("孙丽华" in Outbox.objects.get().text) is named


def test_a_test_is_sent_and_an_ended_address_gets_nothing(client, store, li):
    channel = add(store, li)
    login(client, li).post(f"/channels/{channel.pk}/test/")
    assert Outbox.objects.get().text == "If you read this, the address works."
    client.post(f"/channels/{channel.pk}/end/")
    store.refresh_from_db()
    assert channels_of(store, li.pk) == []
    assert client.post(f"/channels/{channel.pk}/test/").status_code == 404
    assert Outbox.objects.count() == 1


def test_nobody_touches_anothers_and_only_who_runs_the_store_the_groups(client, store, li, wang, chen):
    own, group = add(store, wang), add(store, None, chen)
    login(client, li)
    for channel in (own, group):
        assert client.post(f"/channels/{channel.pk}/test/").status_code == 404
        assert client.post(f"/channels/{channel.pk}/end/").status_code == 404
    login(client, chen)
    assert "wecombot://…5aaa" in client.get("/settings/channels/").content.decode()
    assert client.post(f"/channels/{own.pk}/end/").status_code == 404
    assert client.post(f"/channels/{group.pk}/end/").status_code == 302


def test_ending_is_kept_in_the_history(store, li):
    end_channel(add(store, li), by=li, now=NOW)
    keys = SettingChange.objects.values_list("key", flat=True)
    assert list(keys) == [f"staff_channel:{li.pk}"] * 2
