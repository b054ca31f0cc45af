"""Signing in: the person and all current roles in one statement."""

from django.contrib.auth.backends import ModelBackend

from .models import Membership


class StaffBackend(ModelBackend):
    """Reads the signed-in person together with memberships, stores and group."""

    def get_user(self, user_id):
        memberships = list(
            Membership.objects.filter(user_id=user_id, ends_on=None)
            .select_related("user", "store", "store__group", "team")
            .order_by("id")
        )
        if not memberships:
            return None  # who left all stores is signed out with the next request
        user = memberships[0].user
        user.current_memberships = memberships
        return user if user.is_active else None
