"""Signing in: the person and all current roles in one statement."""

from django.contrib.auth.backends import ModelBackend

from .credentials import pin_matches
from .models import Membership, held_by


class StaffBackend(ModelBackend):
    """Reads the signed-in person together with memberships, stores and group."""

    def get_user(self, user_id):
        memberships = held_by(user=user_id)
        if not memberships:
            return None  # who left all stores is signed out with the next request
        user = memberships[0].user
        user.current_memberships = memberships
        return user if user.is_active else None


class PinBackend(StaffBackend):
    """Name and PIN, on a shared tablet of the store only; wrong ones count as wrong passwords do."""

    def authenticate(self, request, username=None, pin=None):
        tablet = getattr(request, "tablet", None)
        if pin is None or tablet is None:
            return None
        here = Membership.objects.filter(store=tablet.store_id, ends_on=None, user__is_active=True)
        found = here.filter(user__username=username).select_related("user").first()
        user = found.user if found else None
        return user if pin_matches(user, pin) else None
