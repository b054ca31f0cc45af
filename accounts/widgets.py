"""Inputs as the browser knows them: days, hours, numbers only, a switch."""

from django import forms


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self):
        super().__init__(format="%H:%M")


class Switch(forms.CheckboxInput):
    def __init__(self):
        super().__init__(attrs={"class": "switch", "role": "switch"})


class PinInput(forms.PasswordInput):
    """Digits on a phone's number keys, never kept by the browser."""

    def __init__(self):
        super().__init__(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 6})
