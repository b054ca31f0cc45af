"""The event log and the access log only grow: the database refuses the rest (MODEL section 6)."""

import pytest
from django.db import DatabaseError, transaction

from accounts.models import AccessEvent, SettingChange
from accounts.triggers import is_append_only, make_append_only
from leads.log import record
from leads.models import LeadEvent
from tests.conftest import at
from tests.factories import LeadFactory

pytestmark = pytest.mark.django_db
NOW = at("2026-03-02 10:00")


@pytest.fixture
def guarded(settings):
    settings.INSTALL_TRIGGERS = True
    for model in (LeadEvent, AccessEvent, SettingChange):
        make_append_only(model._meta.db_table)


def test_an_event_can_be_written_but_neither_changed_nor_deleted(guarded, store, li):
    event = record(LeadFactory(store=store), "visit", at=NOW, recorded_at=NOW, by=li)
    with pytest.raises(DatabaseError), transaction.atomic():
        LeadEvent.objects.filter(pk=event.pk).update(reason="nicer")
    with pytest.raises(DatabaseError), transaction.atomic():
        LeadEvent.objects.filter(pk=event.pk).delete()
    assert LeadEvent.objects.get(pk=event.pk).reason == ""


def test_who_changed_a_rule_can_neither_be_changed_nor_deleted(guarded, store, li):
    row = SettingChange.objects.create(
        store=store, key="setting:pool_take", old=True, new=False, by=li, at=NOW
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        SettingChange.objects.filter(pk=row.pk).update(by=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        SettingChange.objects.filter(pk=row.pk).delete()
    assert SettingChange.objects.get(pk=row.pk).by == li


def test_an_access_row_can_neither_be_changed_nor_deleted(guarded, store, li):
    row = AccessEvent.objects.create(by=li, store=store, kind="reveal", at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessEvent.objects.filter(pk=row.pk).update(reason="none")
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessEvent.objects.filter(pk=row.pk).delete()
    assert AccessEvent.objects.count() == 1


def test_installing_twice_is_harmless_and_leaving_off_is_a_setting(guarded, settings):
    make_append_only(LeadEvent._meta.db_table)
    assert is_append_only(LeadEvent._meta.db_table)
    settings.INSTALL_TRIGGERS = False
    make_append_only("leads_evidence")
    assert not is_append_only("leads_evidence")
