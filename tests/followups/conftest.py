"""For the nights that are looked at chore by chore."""

import pytest

REMINDING = ("followups.night.reminding.", "followups.night.riding.")


@pytest.fixture
def without_reminders(settings):
    """The night without what merely reminds; `test_night_reminding` looks at that."""
    settings.NIGHTLY_CHORES = [name for name in settings.NIGHTLY_CHORES if not name.startswith(REMINDING)]
