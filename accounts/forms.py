"""The sign-in form."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .models import User


class SignInForm(AuthenticationForm):
    """User name, password, and whether the device is the person's own."""

    own_device = forms.BooleanField(
        label=_("This is my own device: stay signed in for 30 days"), required=False, initial=True
    )
    error_messages = {
        "invalid_login": _(
            "User name and password do not match. If you forgot the password, ask your manager."
        ),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].strip = False
        self.fields["password"].widget.attrs["class"] = "bare"

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse who holds no role in any store today: there is nothing they could open."""
        if not user.current_memberships:
            raise ValidationError(_("You have no role in a store today. Ask your manager."), code="no_role")
