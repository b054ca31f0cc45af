"""Two imports of one store, on PostgreSQL: they queue on the store."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from showroom.models import Visit
from tests.registers import first_rows, import_register

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.thorough
def test_of_the_same_file_twice_at_once_the_second_creates_nothing(store, tmp_path):
    path = first_rows(tmp_path / "register.csv", 0, 60)

    def work(_number):
        try:
            return import_register(store, path)["created"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [0, 60]
    assert Visit.objects.count() == 60
