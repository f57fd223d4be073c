"""Providers: how messages leave the house, one file for each. `base.py` says what a provider must do."""

from rapport.messages.providers.base import Envelope, Provider, Receipt
from rapport.messages.providers.smtp import SmtpProvider

__all__ = ["Envelope", "Provider", "Receipt", "SmtpProvider"]
