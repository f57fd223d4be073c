"""What is wrong with a regular expression."""


class RegexError(ValueError):
    """Its text says what to do about it."""
