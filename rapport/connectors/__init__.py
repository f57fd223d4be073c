"""Connector actions over HTTP, on this installation, with the caller's own key or token."""
