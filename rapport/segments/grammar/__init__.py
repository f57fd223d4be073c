"""A definition read from JSON into values; each refusal points at the part that can't be taken. Knows no database."""
