"""Exports: members of a list or segment, and events, as files that other programs read.

PostgreSQL and DuckDB do the work row by row, so a file may be larger than memory.
"""
