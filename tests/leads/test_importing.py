"""The run around every import, with the smallest kind there can be: one term per row."""

import datetime as dt

import pytest

from accounts.errors import Refused
from leads.columns import Columns
from leads.importing import ImportKind
from leads.importing_run import run_import
from leads.models import Import, ImportRow, Term
from tests.conftest import at

pytestmark = pytest.mark.django_db


class Terms(ImportKind):
    """Areas by code and name; an area without a name is refused, a code twice by the database."""

    code = "areas"
    columns = Columns(
        {name: [name] for name in ("code", "name", "note")},
        longest=dict.fromkeys(("code", "name", "note"), 80),
        labels={},
        required=(),
    )
    label = "Areas"

    def read(self, cells):
        if not cells["name"]:
            raise Refused("An area has a name.", field="name")
        return cells

    def identity(self, row):
        return (row["code"], row["name"])

    def as_shown(self, row):
        return row

    def write(self, lines):
        for line in lines:
            code, name = line.row["code"], line.row["name"]
            line.ref = Term.objects.create(store=self.store, list="area", code=code, name_zh=name).pk
            line.outcome = ImportRow.Outcome.CREATED

    def facts(self):
        return {"areas": Term.objects.filter(list="area").count()}

    def notes(self):
        return {"seen": True}


@pytest.fixture
def run(store, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    store.language = "en"  # of the reasons

    def run(text, *, dry_run=False, progress=lambda done, of: None):
        path = tmp_path / "areas.csv"
        path.write_text("code,name,note\n" + text)
        kind = Terms(store, as_of=dt.date(2026, 6, 18), now=at("2026-06-18 09:00"))
        return run_import(kind, path, dry_run=dry_run, progress=progress)

    return run


def areas():
    return list(Term.objects.filter(list="area").order_by("code").values_list("code", flat=True))


def test_a_row_the_database_refuses_is_rejected_and_the_rest_goes_on(run):
    answer = run("a,East,\na,West,\nb,North,\nc,,\n")
    assert (answer["read"], answer["created"], answer["rejected"], answer["areas"]) == (4, 2, 2, 2)
    assert areas() == ["a", "b"]
    rejected = ImportRow.objects.filter(outcome="rejected").order_by("line")
    assert [(row.line, row.reason[:20]) for row in rejected] == [
        (3, "The database did not"),
        (5, "An area has a name."),
    ]


def test_the_run_is_kept_with_its_file_its_counts_and_its_notes(run):
    run("a,East,\n")
    kept = Import.objects.get()
    assert (kept.file_name, kept.as_of, len(kept.sha256)) == ("areas.csv", dt.date(2026, 6, 18), 64)
    assert (kept.counts["created"], kept.counts["areas"], kept.counts["seen"]) == (1, 1, True)
    row = ImportRow.objects.get()
    assert (row.line, row.outcome, row.ref) == (2, "created", Term.objects.get(code="a").pk)


def test_a_skipped_row_points_to_what_it_became_before(run):
    run("a,East,\n")
    assert run("a,East,\nb,West,\n")["skipped"] == 1
    skipped = ImportRow.objects.get(outcome="skipped")
    assert (skipped.ref, skipped.raw) == (Term.objects.get(code="a").pk, {})


def test_a_dry_run_leaves_the_stores_rules_as_they_were(run, store):
    stamp = store.rules_stamp
    assert run("a,East,\n", dry_run=True)["created"] == 1
    store.refresh_from_db()
    assert (areas(), store.rules_stamp) == ([], stamp)


def test_progress_is_told_now_and_then_and_at_the_end(run):
    told = []
    run("".join(f"{n},Area {n},\n" for n in range(120)), progress=lambda done, of: told.append((done, of)))
    assert told == [(50, 120), (100, 120), (120, 120)]
