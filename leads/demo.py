"""How leads leave in the demo store: some are lost, rest or turn out invalid, and the manager decides."""

import datetime as dt
import random
from collections.abc import Callable
from functools import partial

from accounts.models import User
from accounts.roles import Role

from .losing import Loss, confirm_loss, lose, reject_loss
from .models import Lead, LostRecord, Term
from .statuses import InvalidReason, RestReason, invalidate, sleep
from .steps import Step

CARS = [("比亚迪", "宋 PLUS"), ("吉利", "银河 L7"), ("丰田", "凯美瑞"), ("大众", "帕萨特")]
OPINIONS = ["置换给的价高。", "喜欢我们的座椅，嫌提车慢。", "家人用惯了那个品牌。", ""]
SENT_BACK = ["再报一次含精品的价。", "我来打一次电话。"]
KNOWN_FOR = dt.timedelta(days=5)  # nobody gives up a customer sooner
REST = dt.timedelta(days=90)


def ends(day) -> list[tuple[dt.datetime, Callable]]:
    """DEMO_ACTS: what the manager decides in the morning, and who gives up a lead after that."""
    chance = random.Random(f"{day.store.code}:{day.on}:ends")
    manager = User.objects.filter(memberships__store=day.store, memberships__role=Role.MANAGER).first()
    acts = [(day.at(8, 45), partial(_decide, day, manager, chance))] if manager else []
    for share, hour, act in ((0.8, 10, _lose), (0.3, 12, _rest), (0.3, 11, _strike)):
        if chance.random() < share:
            acts.append((day.at(hour, chance.randint(0, 59)), partial(act, day, chance)))
    return acts


def _known_leads(day, moment: dt.datetime, last_step: int) -> list[Lead]:
    leads = Lead.objects.active().filter(store=day.store, owner__isnull=False, step__lte=last_step)
    return list(leads.filter(arrived_at__lt=moment - KNOWN_FOR).select_related("owner").order_by("id")[:40])


def _lose(day, chance: random.Random, moment: dt.datetime) -> None:
    if not (leads := _known_leads(day, moment, Step.NEGOTIATION)):
        return
    lead = chance.choice(leads)
    reasons = Term.objects.filter(store=day.store, list=Term.List.LOST_REASON, parent__isnull=False)
    brand, model = chance.choice(CARS)
    loss = Loss(
        reason=chance.choice(reasons.order_by("rank")),
        brand=brand,
        model=model,
        opinion=chance.choice(OPINIONS),
    )
    lose(lead.pk, loss, by=lead.owner, at=moment, now=moment)


def _rest(day, chance: random.Random, moment: dt.datetime) -> None:
    if leads := _known_leads(day, moment, Step.NEGOTIATION):
        lead = chance.choice(leads)
        sleep(lead.pk, wake_on=day.on + REST, reason=RestReason.LATER, by=lead.owner, at=moment)


def _strike(day, chance: random.Random, moment: dt.datetime) -> None:
    if leads := _known_leads(day, moment, Step.RECEPTION):
        lead = chance.choice(leads)
        invalidate(lead.pk, reason=chance.choice(InvalidReason.values[:5]), by=lead.owner, at=moment)


def _decide(day, manager: User, chance: random.Random, moment: dt.datetime) -> None:
    waiting = LostRecord.objects.filter(store=day.store, decision="").exclude(recorded_by=manager)
    for found in waiting.order_by("pk"):
        fate = chance.random()
        if fate < 0.7:
            confirm_loss(found.pk, by=manager, at=moment)
        elif fate < 0.85:
            reject_loss(found.pk, by=manager, at=moment, comment=chance.choice(SENT_BACK))
