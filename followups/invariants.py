"""What must hold of tasks and cadence."""

from django.db.models import Count, F, Q

from accounts.invariants import Check, check
from accounts.models import Store
from leads.book import book
from leads.models import GradeRule, Lead

from .models import Task
from .reminding import reminded
from .task_kinds import TaskKind

OPEN_CADENCE = Q(tasks__kind=TaskKind.CADENCE, tasks__state=Task.State.OPEN)


def checks() -> list[Check]:
    return [
        cadence_one_open_task(),
        next_date_is_the_tasks_date(),
        cadence_where_the_grade_asks(),
        tasks_follow_the_owner(),
        reminders_of_organisations(),
        told_up_and_escalated_are_one(),
    ]


def cadence_one_open_task() -> Check:
    """A lead with cadence has exactly one open cadence task, any other lead none (SPEC A52)."""
    leads = Lead.objects.annotate(open_cadence=Count("tasks", filter=OPEN_CADENCE))
    broken = leads.filter(Q(has_cadence=True) & ~Q(open_cadence=1) | Q(has_cadence=False, open_cadence__gt=0))
    return check("cadence_one_open_task", Lead.objects.count(), list(broken.values_list("number", flat=True)))


def next_date_is_the_tasks_date() -> Check:
    tasks = Task.objects.filter(kind=TaskKind.CADENCE, state=Task.State.OPEN)
    broken = tasks.exclude(due_on=F("lead__next_due_on")).values_list("lead__number", flat=True)
    return check("next_date_is_the_tasks_date", tasks.count(), list(broken))


def cadence_where_the_grade_asks() -> Check:
    """Cadence stands exactly where status, step, kind and grade ask for it (MODEL section 4)."""
    broken = []
    for store in Store.objects.all():
        asking = [
            rule.code
            for rule in book(store).grade_rules(GradeRule.Scale.INDIVIDUAL)
            if rule.interval_days is not None
        ]
        due = Q(status="active", step__lte=8, customer__kind="person", grade__in=asking)
        leads = Lead.objects.filter(store=store).filter(
            due & Q(has_cadence=False) | ~due & Q(has_cadence=True)
        )
        broken += leads.values_list("number", flat=True)
    return check("cadence_where_the_grade_asks", Lead.objects.count(), broken)


def tasks_follow_the_owner() -> Check:
    """Open tasks of a lead are its owner's, or nobody's in the pool (SPEC A67, A70).

    Of a lost customer whose owner has left the manager asks (LOST-08).
    """
    tasks = Task.objects.filter(state=Task.State.OPEN, only_assignee=False, lead__isnull=False)
    tasks = tasks.exclude(kind=TaskKind.REVIVE_CHECK)
    same = Q(assignee=F("lead__owner")) | Q(assignee=None, lead__owner=None)
    return check(
        "tasks_follow_the_owner", tasks.count(), list(tasks.exclude(same).values_list("pk", flat=True))
    )


def told_up_and_escalated_are_one() -> Check:
    """What the manager has heard of is escalated, and nothing else (PDCA-14)."""
    tasks = Task.objects.filter(state=Task.State.OPEN)
    broken = tasks.filter(Q(told_up=2, escalated=False) | Q(escalated=True, told_up__lt=2))
    return check("told_up_and_escalated_are_one", tasks.count(), list(broken.values_list("pk", flat=True)))


def reminders_of_organisations() -> Check:
    """Organisations have no cadence but a reminder at most, and nobody else has one (SPEC TYPE-06)."""
    tasks = Task.objects.filter(kind=TaskKind.ORGANISATION, state=Task.State.OPEN)
    leads = Lead.objects.filter(pk__in=tasks.values("lead"))
    broken = set(leads.exclude(pk__in=reminded(Lead.objects.all())).values_list("number", flat=True))
    twice = tasks.values("lead__number").annotate(n=Count("pk")).filter(n__gt=1)
    broken |= {row["lead__number"] for row in twice}
    return check("reminders_of_organisations", tasks.count(), sorted(broken))
