"""The import screens: choose a file, name its columns, check it, read it in."""

from io import BytesIO
from pathlib import PurePath

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.errors import Refused
from accounts.models import AccessEvent
from accounts.once import once
from accounts.roles import RUNNING

from . import uploads as verbs
from .files import FileTooLarge
from .forms_imports import ColumnsForm, UploadForm
from .importing import import_kinds
from .models import Upload
from .upload_files import errors_path, progress_of
from .uploads import AT_WORK, State

SHOWN = 30  # files of the list
STEP_OF = {
    State.CHOSEN: 2,
    State.CHECKING: 3,
    State.CHECKED: 3,
    State.IMPORTING: 4,
    State.DONE: 4,
    State.FAILED: 3,
}


def _must_run(request: HttpRequest) -> None:
    """Refuse (403) who does not run this store."""
    if request.store is None or not request.user.roles_in(request.store) & set(RUNNING):
        raise PermissionDenied


def _upload_or_404(request: HttpRequest, pk: int) -> Upload:
    _must_run(request)
    here = Upload.objects.visible_to(request.user, now=request.now).filter(store=request.store)
    return get_object_or_404(here.select_related("by"), pk=pk)


# --- the files there are, and a new one -------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def uploads(request: HttpRequest) -> HttpResponse:
    """Choose a kind and a file; the files of the store stand below."""
    _must_run(request)
    if request.method != "POST":
        return _list(request, UploadForm(initial={"kind": request.GET.get("kind", "")}))
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form, status=422)
    try:
        url, _new = once(
            form.cleaned_data["token"],
            user=request.user,
            now=request.now,
            create=lambda: _take_in(request, form),
        )
    except FileTooLarge as refusal:
        form.add_error("file", refusal.message)
        return _list(request, form, status=413)
    except Refused as refusal:
        form.add_error("file", refusal.message)
        return _list(request, form, status=422)
    return redirect(url)


def _take_in(request: HttpRequest, form: UploadForm) -> str:
    upload = verbs.take_in(
        request.store,
        form.cleaned_data["kind"],
        form.cleaned_data["file"],
        by=request.user,
        now=request.now,
    )
    return reverse("imports:upload", args=[upload.pk])


def _list(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    here = Upload.objects.visible_to(request.user, now=request.now).filter(store=request.store)
    rows = list(here.select_related("by").order_by("-at", "-pk")[:SHOWN])
    for row in rows:
        row.label = import_kinds()[row.kind].label
    return render(request, "leads/imports.html", {"form": form, "uploads": rows, "step": 1}, status=status)


# --- one file -----------------------------------------------------------------------------------


@login_required
@require_safe
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a file stands: its columns, its check, its progress or what became of it."""
    upload = _upload_or_404(request, pk)
    asked = "columns" in request.GET and upload.state in verbs.MAPPABLE
    return _page(request, upload, columns=asked)


def _page(request: HttpRequest, upload: Upload, *, columns=False, form=None, status=200) -> HttpResponse:
    checked = "counts" in upload.report
    naming = columns or upload.state == State.CHOSEN or (upload.state == State.FAILED and not checked)
    kind = import_kinds()[upload.kind]
    shown = upload.report.get("good", [])
    fields = [field for field in kind.columns.labels if shown and field in shown[0]["cells"]]
    context = {
        "upload": upload,
        "label": kind.label,
        "step": 2 if naming else STEP_OF[upload.state],
        "naming": naming and bool(upload.stored),
        "form": form or (ColumnsForm(upload=upload) if naming else None),
        "required": [kind.columns.labels[field] for field in kind.columns.required],
        "checked": checked,
        "counts": upload.report.get("counts", {}),
        "bad": upload.report.get("bad", []),
        "heads": [kind.columns.labels[field] for field in fields],
        "good": [{**row, "cells": [row["cells"].get(field, "") for field in fields]} for row in shown],
        **_progress(upload),
    }
    return render(request, "leads/import.html", context, status=status)


def _progress(upload: Upload) -> dict:
    if upload.state not in AT_WORK:
        return {"at_work": False}
    done, of = progress_of(upload)
    return {
        "at_work": True,
        "done": done,
        "of": of,
        "percent": 100 * done // of if of else 0,
        "interrupted": verbs.was_interrupted(upload),
    }


@login_required
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the worker is; when it is done, on to the page."""
    upload = _upload_or_404(request, pk)
    if upload.state not in AT_WORK or not request.htmx:
        url = reverse("imports:upload", args=[upload.pk])
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    return render(request, "leads/_import_progress.html", {"upload": upload, **_progress(upload)})


@login_required
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what the columns are, and have the file checked."""
    upload = _upload_or_404(request, pk)
    form = ColumnsForm(request.POST, upload=upload)
    if form.is_valid():
        try:
            verbs.check(upload.pk, form.mapping(), by=request.user, now=request.now)
            return redirect("imports:upload", pk=upload.pk)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return _page(request, upload, columns=True, form=form, status=422)


@login_required
@require_POST
def commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a checked file read in, or one whose reading stopped."""
    upload = _upload_or_404(request, pk)
    if verbs.was_interrupted(upload):
        verbs.wake_worker()
        return redirect("imports:upload", pk=upload.pk)
    try:
        verbs.commit(upload.pk, by=request.user, now=request.now)
    except Refused as refusal:
        upload.error = str(refusal.message)
        return _page(request, upload, status=409)
    return redirect("imports:upload", pk=upload.pk)


@login_required
@require_POST
def errors(request: HttpRequest, pk: int) -> HttpResponse:
    """The rejected rows as a file to correct and send again; who took it stands in the log."""
    upload = _upload_or_404(request, pk)
    path = errors_path(upload)
    if not upload.errors_file or not path.is_file():
        raise Http404
    AccessEvent.objects.create(
        by=request.user,
        store=request.store,
        kind=AccessEvent.Kind.EXPORT,
        target_kind="upload",
        target_id=upload.pk,
        at=request.now,
    )
    name = f"{PurePath(upload.file_name).stem[:80]}-errors.csv"
    content = BytesIO(path.read_bytes())
    return FileResponse(content, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
