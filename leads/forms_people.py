"""Forms of the people pages: a person, their roles and team, a team, the handover."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.meanwhile import SeenForm
from accounts.models import Team, User
from accounts.people import ABOVE_THE_STORE
from accounts.roles import Role


class NameForm(SeenForm):
    name = forms.CharField(label=pgettext_lazy("of a colleague", "Name"), max_length=80)
    username = forms.CharField(label=_("User name"), max_length=60, help_text=_("One word, to sign in with."))


class RolesForm(SeenForm):
    """Roles and team; those above the store are offered to who stands there."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one role.")},
    )
    team = forms.ChoiceField(
        label=_("Team"), required=False, help_text=_("A supervisor sees the customers of the own team.")
    )

    def __init__(self, *args, by_roles: set[str], teams: list[Team], **kwargs):
        super().__init__(*args, **kwargs)
        above = bool(by_roles & set(ABOVE_THE_STORE))
        self.fields["roles"].choices = [
            (role.value, role.label) for role in Role if above or role not in ABOVE_THE_STORE
        ]
        self.teams = {str(team.pk): team for team in teams}
        named = [(pk, team.name) for pk, team in self.teams.items()]
        self.fields["team"].choices = [("", pgettext_lazy("team", "None")), *named]

    @property
    def chosen_team(self) -> Team | None:
        return self.teams.get(self.cleaned_data.get("team", ""))


class PersonForm(RolesForm, NameForm):
    """Somebody new; the token makes the second sending of the same form harmless."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ["token", "name", "username", "roles", "team"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["token"].initial = uuid.uuid4


class TeamForm(SeenForm):
    name = forms.CharField(label=_("Name of the team"), max_length=80)


class TakersForm(forms.Form):
    """Who takes over: one for all, or several in turn."""

    to = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=_("Split evenly among"),
        error_messages={"required": _("Choose who takes over.")},
    )

    def __init__(self, *args, people: list[User], **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["to"].choices = [(pk, person.full_name) for pk, person in self.people.items()]

    @property
    def takers(self) -> list[User]:
        return [self.people[pk] for pk in self.cleaned_data["to"]]
