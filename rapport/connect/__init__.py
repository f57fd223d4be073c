"""Connector actions: a client of the HTTP API that imports nothing else of Rapport and works against any such host.

An action is data (`action.py`); `registry.py` holds them all, `running.py` runs one.
"""
