"""People who lead others, and what they were told."""

from followups.models import Notice
from tests.factories import make_person


def put_in_team(store, supervisor, *members):
    """A team of the store with its supervisor."""
    team = store.teams.create(name=supervisor.username)
    for person in (supervisor, *members):
        person.memberships.filter(store=store).update(team=team)


def make_supervisor(store, *members):
    sun = make_person(store, "sun", "孙丽", "supervisor")
    put_in_team(store, sun, *members)
    return sun


def told(person, *kinds) -> list[tuple]:
    """What a person was told, oldest first: the kind, then the lead's number or the facts."""
    notices = Notice.objects.filter(user=person).order_by("at", "pk").select_related("lead")
    rows = [(n.kind, n.lead.number if n.lead else n.args) for n in notices]
    return [row for row in rows if not kinds or row[0] in kinds]
