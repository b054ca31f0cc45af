"""Who receives stands in memory; a change of the people counts with the next page."""

import pytest
from django.urls import reverse

from accounts.models import Membership
from accounts.people import edit_person, let_go, set_roles
from showroom.receivers import receivers
from tests.conftest import at
from tests.factories import make_person
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 14:06")


@pytest.fixture
def names(client, settings, store, qian):
    """Whom reception may name as the receiver, as its sheet offers them."""
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(qian)

    def offered() -> list[str]:
        form = client.get(reverse("showroom:walk_in")).context["form"]
        return [name for _pk, name in form.fields["receiver"].choices]

    return offered


def test_the_sheet_reads_the_receivers_once(names, client, li, wang, chen):
    def reads() -> int:
        with statements() as asked:
            assert names() == ["李强", "王芳", "陈刚"]
        return len([sql for sql in asked if "'supervisor'" in sql])

    assert (reads(), reads()) == (1, 0)


@pytest.mark.thorough
def test_who_is_let_go_renamed_or_given_a_role_counts_with_the_next_page(names, store, li, wang, chen):
    assert names() == ["李强", "王芳", "陈刚"]
    let_go(wang, store, by=chen, at=NOW)
    assert names() == ["李强", "陈刚"]
    edit_person(li, store, name="李小强", username="li", by=chen)
    assert names() == ["李小强", "陈刚"]
    sun = make_person(store, "sun", "孙丽")
    Membership.objects.create(user=sun, store=store, role="consultant", starts_on="2026-03-12")
    assert names() == ["孙丽", "李小强", "陈刚"]
    set_roles(li, store, {"receptionist"}, team=None, by=chen, at=NOW)
    assert names() == ["孙丽", "陈刚"]


def test_a_pin_is_never_kept_in_memory(names, store, li, chen):
    names()
    chen.pin_hash = "later"
    chen.save(update_fields=["pin_hash"])
    (kept,) = [person for person in receivers(store) if person.pk == chen.pk]
    assert ("pin_hash" in kept.__dict__, kept.pin_hash) == (False, "later")
