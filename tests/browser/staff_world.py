"""What a store's people are told, and what they are asked, for the pages that show it."""

import datetime as dt

from followups.models import CalendarFeed, NightlyRun, Notice, StaffChannel, Suspicion
from leads.models import Lead
from tests.conftest import at

NOON = at("2026-03-12 12:00")
LATELY = dt.date(2026, 3, 10)


def told_and_asked(store, lead: Lead, li, wang, chen) -> None:
    """Notices read and unread, addresses of staff, entries that need a word in every state."""
    notices = [("at_the_door", True, {}), ("given", False, {}), ("suspicion", False, {})]
    for n, (kind, urgent, args) in enumerate(notices):
        Notice.objects.create(
            user=li, store=store, kind=kind, cause=f"look:{n}", lead=lead if kind != "suspicion" else None,
            args=args, urgent=urgent, at=NOON, read_at=NOON if n else None,
        )  # fmt: skip
    for user, name in ((li, "我的企业微信"), (None, "销售群")):
        StaffChannel.objects.create(
            store=store, user=user, name=name, url="wecombot://0123456789abcdef", added_by=chen, added_at=NOON
        )
    CalendarFeed.objects.create(user=li, token_hash="0" * 64, made_at=NOON)
    NightlyRun.objects.create(
        store=store,
        on="2026-02-01",
        state="done",
        lease_until=at("2026-02-01 00:05"),
        started_at=at("2026-02-01 00:00"),
    )
    said = {"answer": "下班后集中补记当天的电话。", "answered_at": NOON}
    for user, kind, figures, more in (
        (li, "burst", {"count": 17, "minutes": 10}, {}),
        (li, "back_dated", {"count": 4}, said),
        (wang, "unreached", {"count": 16}, said),
        (wang, "lost_untried", {"count": 1}, {}),
        (wang, "burst", {"count": 22, "minutes": 10}, said | {"seen_at": NOON, "seen_by": chen}),
    ):
        Suspicion.objects.create(
            store=store,
            user=user,
            kind=kind,
            on=LATELY,
            figures=figures,
            found_at=at("2026-03-11 00:00"),
            **more,
        )
