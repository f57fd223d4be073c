"""Rapport: a self-hosted customer platform for online stores that speaks the Klaviyo API."""

__version__ = "0.1.0"
