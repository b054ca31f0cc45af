"""The walk-in sheet and the up list: who is next is chosen, picking is refused, a manager may (RECP-07)."""

import uuid

import pytest

from accounts.credentials import set_pin
from accounts.devices import TABLET_COOKIE, add_tablet
from showroom.models import Pull, Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.showroom.known import know
from tests.showroom.test_rota import receives
from tests.showroom.test_walk_in import save_statements
from tests.showroom.up_list import open_list

pytestmark = pytest.mark.django_db

DAY = "2026-03-12"
URL = "/walk-in/"


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = at(f"{DAY} 14:06").isoformat()


@pytest.fixture
def listed(store, li, wang, zhao, chen):
    """Li had his turn; Wang is next and with a returning customer; so it is Zhao's turn."""
    open_list(store, chen, DAY, li, wang, zhao)
    when = at(f"{DAY} 14:00")
    visit, _new = log_visit(store, Arrival(), receiver=li, by=chen, at=when, now=when)
    visit.left_at = when
    visit.save()
    receives(store, wang, f"{DAY} 14:01", kind="return")
    return chen


@pytest.fixture
def send(client):
    """Sends the sheet as somebody: `send(li, phone="139...", receiver=li.pk)`."""

    def post(user, **fields):
        client.force_login(user)
        return client.post(URL, {"token": str(uuid.uuid4()), "persons": "1", **fields})

    return post


NEW = {"phone": "13905186627", "name": "张伟"}


def test_reception_finds_the_next_chosen_with_the_reason(client, listed, zhao, qian):
    client.force_login(qian)
    page = client.get(URL).content.decode()
    assert "Next: 赵敏. 王芳 is with a customer." in page
    assert f'name="receiver" value="{zhao.pk}" id="id_receiver_' in page
    chosen = page.partition(f'name="receiver" value="{zhao.pk}"')[2].partition(">")[0]
    assert "checked" in chosen


def test_giving_from_the_list_chooses_that_person(client, listed, li, qian):
    client.force_login(qian)
    page = client.get(URL, {"receiver": li.pk}).content.decode()
    assert "checked" in page.partition(f'name="receiver" value="{li.pk}"')[2].partition(">")[0]


def test_a_consultant_who_is_not_next_is_told_who_is(send, listed, li):
    answer = send(li, **NEW)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "It is 赵敏&#x27;s turn. 王芳 is with a customer." in page
    assert 'value="张伟"' in page
    assert "A manager may decide otherwise" in page
    assert Visit.objects.count() == 2


def test_reception_gives_to_the_next_by_one_button(send, listed, li, zhao, qian):
    answer = send(qian, **NEW, receiver=li.pk)
    button = f'name="receiver" value="{zhao.pk}">Give to 赵敏</button>'
    assert (answer.status_code, button in answer.content.decode()) == (422, True)
    assert send(qian, **NEW, receiver=[li.pk, zhao.pk]).status_code == 302
    assert Pull.objects.order_by("pk").last().user == zhao


def test_a_manager_decides_with_a_reason(send, listed, li, zhao):
    chen = listed
    assert send(chen, **NEW, receiver=li.pk, turn_why="override").status_code == 422
    assert send(chen, **NEW, receiver=li.pk, turn_why="override", turn_reason="老乡").status_code == 302
    pull = Pull.objects.order_by("pk").last()
    assert (pull.user, pull.why, pull.reason, pull.by, pull.head) == (li, "override", "老乡", chen, zhao)


def test_on_the_tablet_a_managers_pin_decides(client, send, store, listed, li, zhao, qian):
    chen = listed
    said = {**NEW, "receiver": li.pk, "turn_why": "asked_for"}
    assert "use the store&#x27;s tablet" in send(qian, **said).content.decode()
    set_pin(chen, "4826")
    _tablet, token = add_tablet(store, "前台", by=chen, now=at(f"{DAY} 08:00"))
    client.cookies[TABLET_COOKIE] = token
    wrong = send(qian, **said, turn_manager=chen.pk, turn_pin="1111")
    assert (wrong.status_code, "The PIN does not match." in wrong.content.decode()) == (422, True)
    assert send(qian, **said, turn_manager=zhao.pk, turn_pin="4826").status_code == 422
    assert Visit.objects.count() == 2
    assert send(qian, **said, turn_manager=chen.pk, turn_pin="4826").status_code == 302
    pull = Pull.objects.order_by("pk").last()
    assert (pull.user, pull.why, pull.by, pull.used_turn, pull.head) == (li, "asked_for", chen, False, zhao)


def test_a_consultant_may_not_say_so_himself(send, listed, li):
    assert send(li, **NEW, turn_why="asked_for").status_code == 422
    assert Visit.objects.count() == 2


def test_the_head_receives_as_a_courtesy_by_one_button(send, store, listed, wang, zhao, qian):
    lead = know(store, wang, "13620878805")
    assert send(qian, head_receives=f"{lead.pk}.{zhao.pk}").status_code == 302
    visit = Visit.objects.order_by("pk").last()
    assert (visit.receiver, visit.courtesy, visit.lead.owner) == (zhao, True, wang)
    assert Pull.objects.get(visit=visit).why == "courtesy"


@pytest.mark.parametrize("nonsense", ["", ".", "x.y", "1.", f"{9**30}.1"])
@pytest.mark.thorough
def test_a_courtesy_of_nobody_is_refused(send, listed, qian, nonsense):
    assert send(qian, head_receives=nonsense).status_code in (404, 422)


@pytest.mark.parametrize(("who", "most"), [("stranger", 16), ("known", 15)])
def test_the_list_adds_three_statements_to_a_first_visit_and_two_to_another(
    client, store, li, chen, who, most
):
    open_list(store, chen, DAY, li)
    fields = {"phone": "13905186628", "name": "何静"}
    if who == "known":
        fields = {"lead": know(store, li, "13620878805").pk}
    asked = save_statements(client, store, li, **fields)
    assert Pull.objects.count() == 1
    assert len(asked) <= most, "\n".join(asked)
