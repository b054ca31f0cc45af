"""S04: who is with a customer is passed over, keeps the place, and is next when free (SPEC RECP-09)."""

import pytest

from showroom.models import Pull
from showroom.rota_words import told
from tests.scenarios.test_s01_rota import arrives, leaves
from tests.showroom.up_list import open_list

pytestmark = pytest.mark.django_db

DAY = "2026-03-02"


def test_s04_the_busy_head_is_passed_over_and_next_when_free(store, li, wang, zhao, chen, qian):
    open_list(store, chen, DAY, li, wang, zhao)
    busy = arrives(store, "09:00", li, qian)  # his turn is used: he stands last
    leaves(arrives(store, "09:01", wang, qian), "09:20")
    leaves(arrives(store, "09:02", zhao, qian), "09:20")
    taken = arrives(store, "09:30", wang, qian)
    pull = Pull.objects.get(visit=taken)
    assert (pull.user, pull.passed_over) == (wang, [[li.pk, "visit"]])
    assert told(pull, {li.pk: "李强", wang.pk: "王芳"}) == "李强 is with a customer: it was 王芳's turn."
    leaves(busy, "09:40")
    assert arrives(store, "09:45", li, qian).receiver == li
