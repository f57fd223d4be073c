"""How a condition is said to a database: PostgreSQL, DuckDB over the event lake, Spark over the same."""
