"""What is wrong with a definition, and where."""

from rapport.kit.refusals import Refused


class DefinitionError(Refused):
    """`pointer` is a JSON pointer to the part that can't be taken, `detail` says what to do about it."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail, pointer=pointer)
        self.detail = detail
