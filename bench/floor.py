"""The addresses of the product and one page more, that does the least a page can do."""

from functools import cache

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.template import engines
from django.urls import include, path

from leads.models import Lead

PAGE = """{% extends "base.html" %}{% block main %}<ul class="rows">{% for lead in leads %}
<li class="row">{{ lead.number }} {{ lead.grade }} {{ lead.step }}</li>{% endfor %}</ul>{% endblock %}"""


@cache
def page():
    """Compiled once, as the templates of the product are."""
    return engines["django"].from_string(PAGE)


@login_required
def floor(request) -> HttpResponse:
    """Session, person, one indexed query, 25 plain rows."""
    leads = Lead.objects.filter(store=request.store, status="active").order_by("next_due_on", "id")[:25]
    return HttpResponse(page().render({"leads": leads}, request))


urlpatterns = [path("floor/", floor), path("", include("dealer_crm.urls"))]
