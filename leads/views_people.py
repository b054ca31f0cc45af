"""The people of a store: who works here with which roles, adding, changing, letting in (SPEC MGR-05)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.credentials import link_for
from accounts.days_off_rows import days_off_of
from accounts.errors import NotAllowed, Refused
from accounts.meanwhile import unchanged
from accounts.models import Membership, Store, Team, User
from accounts.once import once
from accounts.people import (
    ABOVE_THE_STORE,
    check_may_change,
    check_may_let_in,
    come_back,
    edit_person,
    people_of,
    save_team,
    set_roles,
)
from accounts.rules import record_change
from accounts.sheets import Sheet, must_run_the_store, saved, show_sheet

from .forms_people import NameForm, PersonForm, RolesForm, TeamForm
from .leaving import open_lead_counts, open_leads_of
from .stores import create_staff

FORMER = 50


@contextmanager
def forbidden_as_403() -> Iterator[None]:
    """What a verb does not allow this person is a 403 with its words (SPEC A55)."""
    try:
        yield
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal


def person_or_404(request: HttpRequest, pk: int) -> User:
    """Somebody who works in the store one is in."""
    must_run_the_store(request)
    return get_object_or_404(people_of(request.store), pk=pk)


@require_safe
@login_required
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with roles, team and open leads, and who left."""
    must_run_the_store(request)
    members = Membership.objects.filter(store=request.store).select_related("user", "team")
    current = list(members.filter(ends_on=None).order_by("user__full_name", "user_id", "pk"))
    here = {m.user_id for m in current}
    former = members.exclude(user__in=here).order_by("-ends_on", "-pk")[:FORMER]
    context = {
        "rows": _rows(current, open_lead_counts(request.store)),
        "former": list({m.user_id: m for m in reversed(former)}.values())[::-1],
    }
    return render(request, "leads/people.html", context)


def _rows(members: list[Membership], counts: dict[int, int]) -> list[dict]:
    found: dict[int, dict] = {}
    for member in members:
        row = found.setdefault(
            member.user_id,
            {"person": member.user, "roles": [], "team": None, "open": counts.get(member.user_id, 0)},
        )
        row["roles"].append(member.get_role_display())
        row["team"] = row["team"] or member.team
    return list(found.values())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Somebody new; a one-time link on their page lets them in."""
    must_run_the_store(request)
    form = PersonForm(request.POST if request.method == "POST" else None, **_offers(request))
    if form.is_valid():
        try:
            url, _new = once(
                form.cleaned_data["token"],
                user=request.user,
                now=request.now,
                create=lambda: _create(request, form),
            )
            return saved(request, _("Added. Make a link to let them in."), url)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    sheet = Sheet(_("Add a person"), reverse("leads:people"), _("Add"))
    return show_sheet(request, sheet, form, status=422 if form.is_bound else 200)


def _offers(request: HttpRequest) -> dict:
    teams = list(Team.objects.filter(store=request.store).order_by("name"))
    return {"by_roles": request.user.roles_in(request.store), "teams": teams}


def _create(request: HttpRequest, form: PersonForm) -> str:
    """Create the person and answer their page; Refused for a name that is on the list already."""
    typed, store = form.cleaned_data, request.store
    back = come_back(store, username=typed["username"], name=typed["name"])
    if not back and User.objects.filter(username=typed["username"]).exists():
        raise Refused(_("This user name is taken. Pick another."), field="username")
    if people_of(store).filter(full_name=typed["name"], password__startswith="!").exists():
        raise Refused(
            _("%(name)s is on the list already, from a register. Open that row and make a link.")
            % {"name": typed["name"]},
            field="name",
        )
    user = create_staff(
        store,
        username=typed["username"],
        name=typed["name"],
        roles=typed["roles"],
        on=store.business_date(request.now),
        team=form.chosen_team,
    )
    return reverse("leads:person", args=[user.pk])


@require_safe
@login_required
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: name, roles with their dates, team, signing in, days off, leaving."""
    someone = person_or_404(request, pk)
    history = Membership.objects.filter(user=someone, store=request.store).select_related("team")
    today = request.store.business_date(request.now)
    own_roles = request.user.roles_in(request.store)
    theirs = {m.role for m in history if m.ends_on is None}
    context = {
        "person": someone,
        "history": sorted(history, key=lambda m: (m.ends_on is not None, -m.pk)),
        "open": open_leads_of(someone, request.store).count(),
        "days_off": days_off_of(someone, request.store, today=today),
        "may_change": bool(own_roles & set(ABOVE_THE_STORE)) or not theirs & set(ABOVE_THE_STORE),
        "is_me": someone.pk == request.user.pk,
        "can_sign_in": someone.has_usable_password(),
    }
    return render(request, "leads/person.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name and user name."""
    someone = person_or_404(request, pk)
    with forbidden_as_403():
        check_may_let_in(someone, request.store, by=request.user)

    def now() -> dict:
        return {"name": someone.full_name, "username": someone.username}

    form = NameForm(request.POST if request.method == "POST" else None, initial=now())
    if form.is_valid():
        try:
            with unchanged(form, someone, now):
                edit_person(someone, request.store, by=request.user, **form.values())
            return saved(request, _("Saved"), reverse("leads:person", args=[pk]))
        except Refused as refusal:
            form.refuse(refusal)
    sheet = Sheet(_("Name and user name"), reverse("leads:person", args=[pk]), _("Save"))
    return show_sheet(request, sheet, form, status=form.status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def roles(request: HttpRequest, pk: int) -> HttpResponse:
    """Roles and team; what is ticked holds from today, what is not ends today."""
    someone = person_or_404(request, pk)
    with forbidden_as_403():
        check_may_change(someone, request.store, by=request.user)
        if someone.pk == request.user.pk:
            raise NotAllowed(_("Nobody changes their own roles. Ask a colleague who runs the store."))

    def now() -> dict:
        held = Membership.objects.filter(user=someone, store=request.store, ends_on=None).order_by("pk")
        rows = list(held.values_list("role", "team"))
        team = next((team for _role, team in rows if team), "")
        return {"roles": [role for role, _team in rows], "team": str(team)}

    form = RolesForm(request.POST if request.method == "POST" else None, initial=now(), **_offers(request))
    if form.is_valid():
        try:
            with unchanged(form, someone, now):
                _set_roles(request, someone, form)
            return saved(request, _("Roles saved"), reverse("leads:person", args=[pk]))
        except Refused as refusal:
            form.refuse(refusal)
    sheet = Sheet(_("Roles and team"), reverse("leads:person", args=[pk]), _("Save"), line=someone.full_name)
    return show_sheet(request, sheet, form, status=form.status)


def _set_roles(request: HttpRequest, someone: User, form: RolesForm) -> None:
    set_roles(
        someone,
        request.store,
        set(form.cleaned_data["roles"]),
        team=form.chosen_team,
        by=request.user,
        at=request.now,
    )


@login_required
@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """The one-time link, shown to hand over; whoever opens it sets the password."""
    someone = person_or_404(request, pk)
    with forbidden_as_403():
        check_may_let_in(someone, request.store, by=request.user)
    sheet = Sheet(
        _("Link for %(name)s") % {"name": someone.full_name},
        reverse("leads:person", args=[pk]),
        "",
        part="leads/_link.html",
    )
    record_change(request.store, f"link:{someone.pk}", None, None, by=request.user, at=request.now)
    address = request.build_absolute_uri(link_for(someone))
    return show_sheet(request, sheet, address=address, person=someone)


# --- teams -------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    """The teams of the store with their supervisors and members; a POST adds one (SPEC MGR-05)."""
    must_run_the_store(request)
    form = TeamForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            save_team(request.store, form.cleaned_data["name"])
            return saved(request, _("Team added"), reverse("leads:teams"))
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
    context = {"form": form, "teams": _teams(request.store)}
    return render(request, "leads/teams.html", context, status=422 if form.is_bound else 200)


def _teams(store: Store) -> list[dict]:
    rows = {team.pk: {"team": team, "leads": [], "members": []} for team in store.teams.order_by("name")}
    held = Membership.objects.filter(store=store, team__in=rows, ends_on=None).select_related("user")
    for member in held.order_by("user__full_name", "pk"):
        kind = "leads" if member.role == "supervisor" else "members"
        if member.user not in rows[member.team_id][kind]:
            rows[member.team_id][kind].append(member.user)
    return list(rows.values())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a team another name."""
    must_run_the_store(request)
    known = get_object_or_404(Team, pk=pk, store=request.store)

    def now() -> dict:
        return {"name": known.name}

    form = TeamForm(request.POST if request.method == "POST" else None, initial=now())
    if form.is_valid():
        try:
            with unchanged(form, known, now):
                save_team(request.store, form.cleaned_data["name"], team=known)
            return (
                redirect("leads:teams")
                if not request.htmx
                else saved(request, _("Saved"), reverse("leads:teams"))
            )
        except Refused as refusal:
            form.refuse(refusal)
    sheet = Sheet(_("Name of the team"), reverse("leads:teams"), _("Save"))
    return show_sheet(request, sheet, form, status=form.status)
