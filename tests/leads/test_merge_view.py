"""Merging through the door: find, compare, merge, and the page that takes a merge back."""

import pytest

from leads.models import Lead, Merge
from tests.conftest import at
from tests.showroom.known import know
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 10:00")


@pytest.fixture(autouse=True)
def _morning(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def wangs(store, wang):
    return know(store, wang, "13800000001", "张伟", car="N7", arrived_at=at("2026-03-01 10:00"))


@pytest.fixture
def lis(store, li):
    return know(store, li, "13900000002", "张先生", arrived_at=at("2026-03-05 10:00"))


@pytest.fixture
def as_chen(client, chen):
    client.force_login(chen)
    return client


def merge_sheet(lead, other=None):
    return f"/leads/{lead.number}/merge/" + (f"{other.number}/" if other else "")


def test_the_menu_of_the_card_offers_it_to_who_leads(client, chen, li, lis):
    for who, offered in ((chen, True), (li, False)):
        client.force_login(who)
        assert (merge_sheet(lis) in client.get(f"/leads/{lis.number}/").content.decode()) == offered


@pytest.mark.parametrize("typed", ["0001", "zhangwei", "张伟", "138 0000 0001"])
def test_the_other_card_is_found_and_no_number_stands_in_a_link(as_chen, wangs, lis, typed):
    html = as_chen.get(merge_sheet(lis), {"q": typed}, headers={"HX-Request": "true"}).content.decode()
    assert merge_sheet(lis, wangs) in html
    assert "13800000001" not in html
    assert merge_sheet(lis, lis) not in html


def test_nobody_found_says_what_to_do(as_chen, lis):
    assert "Nobody else fits." in as_chen.get(merge_sheet(lis), {"q": "7777"}).content.decode()


def test_both_cards_stand_side_by_side_and_the_older_is_chosen(as_chen, wangs, lis):
    html = as_chen.get(merge_sheet(lis, wangs)).content.decode()
    assert f'value="{wangs.number}" checked' in html
    assert [html.index(word) for word in ("张伟", "张先生")] == sorted(
        html.index(w) for w in ("张伟", "张先生")
    )
    assert ("138****0001" in html, "139****0002" in html) == (True, True)


def test_a_merge_leads_to_the_kept_card_and_can_be_undone_there(as_chen, wangs, lis):
    answer = as_chen.post(
        merge_sheet(lis, wangs), {"keep": wangs.number, "reason": "同一个微信"}, follow=True
    )
    merged = Merge.objects.get()
    assert answer.redirect_chain == [(f"/leads/{wangs.number}/", 302)]
    assert f'action="/merges/{merged.pk}/undo/"' in answer.content.decode()
    assert (merged.reason, merged.kept_id, merged.folded_id) == (
        "同一个微信",
        wangs.customer_id,
        lis.customer_id,
    )
    answer = as_chen.post(f"/merges/{merged.pk}/undo/", follow=True)
    assert "Merge undone: two cards again" in answer.content.decode()
    assert Lead.objects.get(pk=lis.pk).merged_into_id is None


def test_the_folded_address_leads_to_the_kept_card_for_who_may_see_that(client, chen, wang, li, wangs, lis):
    client.force_login(chen)
    client.post(merge_sheet(lis, wangs), {"keep": wangs.number})
    for who, status in ((chen, 302), (wang, 302), (li, 404)):
        client.force_login(who)
        answer = client.get(f"/leads/{lis.number}/")
        assert answer.status_code == status, who
    client.force_login(li)
    assert client.get(f"/leads/{lis.number}/log/").status_code == 403


def test_nothing_chosen_and_a_card_merged_meanwhile_are_told(as_chen, wangs, lis):
    answer = as_chen.post(merge_sheet(lis, wangs), {"keep": "L-000000-00", "reason": "同一个微信"})
    assert (answer.status_code, "Tap the card that stays." in answer.content.decode()) == (422, True)
    assert 'value="同一个微信"' in answer.content.decode()
    as_chen.post(merge_sheet(lis, wangs), {"keep": wangs.number})
    assert as_chen.post(merge_sheet(lis, wangs), {"keep": wangs.number}).status_code == 404
    assert Merge.objects.count() == 1


def test_the_page_of_merges_offers_undo_while_it_lasts(as_chen, settings, wangs, lis):
    as_chen.post(merge_sheet(lis, wangs), {"keep": wangs.number})
    address = f'action="/merges/{Merge.objects.get().pk}/undo/"'
    for day, offered in (("2026-04-11 10:00", True), ("2026-04-11 10:00:01", False)):
        settings.DEALER_NOW = at(day).isoformat()
        html = as_chen.get("/merges/").content.decode()
        assert ("张先生 was folded in by 陈刚" in html, address in html) == (True, offered)


def test_no_merges_says_how_to_begin(as_chen):
    assert "No cards were merged yet." in as_chen.get("/merges/").content.decode()


def test_the_timeline_of_the_kept_card_tells_both_stories(as_chen, wangs, lis, li, settings):
    from followups.contacts import Said, log_contact

    log_contact(
        lis.pk, Said("price", text="要现车"), by=li, at=at("2026-03-11 09:00"), now=at("2026-03-11 09:00")
    )
    as_chen.post(merge_sheet(lis, wangs), {"keep": wangs.number})
    html = as_chen.get(f"/leads/{wangs.number}/").content.decode()
    assert ("要现车" in html, "Another card was merged into this one" in html) == (True, True)


def test_statements(as_chen, wangs, lis):
    as_chen.get("/merges/")
    for address, most in ((merge_sheet(lis) + "?q=0001", 8), (merge_sheet(lis, wangs), 8), ("/merges/", 8)):
        with statements() as asked:
            as_chen.get(address)
        assert len(asked) <= most, "\n".join(asked)
