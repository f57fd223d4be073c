"""What ends a program of ours."""


class Fatal(Exception):
    """A command can't go on. The text is a sentence for the operator, shown without a trace."""
