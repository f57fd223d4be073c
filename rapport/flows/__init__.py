"""Automated sequences, one run a profile."""
