"""A list of a hundred thousand leads, in a real process: memory does not grow with the file."""

import pytest

from leads.models import Lead
from tests.followups.lists import write_list
from tests.memory import memory_of_import

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MOST_MEGABYTES = 150  # over the idle process


def test_a_hundred_thousand_rows_stay_within_their_measure(store, li, chen, tmp_path):
    rows = ({"电话": f"137{n:08}"} for n in range(100_000))
    created, megabytes = memory_of_import(write_list(tmp_path / "list.csv", *rows))
    assert created == Lead.objects.count() == 100_000
    assert megabytes <= MOST_MEGABYTES
