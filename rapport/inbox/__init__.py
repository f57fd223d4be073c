"""The inbox: the one wire format of what was accepted and waits to be recorded, and the ways in."""
