"""The event lake: closed days of events as Parquet files, and DuckDB over them and the rows not sealed yet.

Readers need two files: `query` (`view`: all events, exactly, as one relation) and `changes` (whoever rewrites or
removes recorded events says so there).
"""
