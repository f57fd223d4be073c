"""Rehearsal: a flow over the past days of real history, without sending anything."""
