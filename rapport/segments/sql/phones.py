"""The country of a phone number as SQL, from the numbering plans of the library phonenumbers.

Most calling codes are one country's. Where several share one (+1, +44 …), the library takes the first whose numbers
begin so, or are such numbers, in an order that begins with the main one. The same is said here with its own
expressions, which use nothing that PostgreSQL reads in another way.
"""

from functools import cache
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from rapport.segments.sql.statement import Statement, either, every

# Numbers as they are stored (E.164).
NUMBER = r"^\+[1-9][0-9]{6,14}$"
_CODES = {country: code for code, countries in COUNTRY_CODE_TO_REGION_CODE.items() for country in countries}
_KINDS = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail", "fixed_line",
    "mobile",
)  # fmt: skip


def is_from(number: str, country: str, statement: Statement) -> str:
    """SQL that holds when `number`, SQL of a text that matches NUMBER, is one of `country`'s. A number that none of
    those sharing its calling code knows counts as the main one's."""
    code = _CODES[country]
    sharing = COUNTRY_CODE_TO_REGION_CODE[code]
    own = f"starts_with({number}, {statement.add(f'+{code}', 'text')})"
    if len(sharing) == 1:
        return own

    def one_of(countries: tuple[str, ...]) -> str:
        return f"{number} ~ {statement.add(_numbers(code, countries), 'text')}"

    before = sharing[: sharing.index(country)]
    if not before:
        return every([own, either([one_of((country,)), f"NOT {one_of(sharing[1:])}"])])
    return every([own, one_of((country,)), f"NOT {one_of(before)}"])


@cache
def _numbers(code: int, countries: tuple[str, ...]) -> str:
    return rf"^\+{code}(?:{'|'.join(_of(country) for country in countries)})"


def _of(country: str) -> str:
    """What stands after the calling code: the first digits where they tell, else whole numbers."""
    plan = PhoneMetadata.metadata_for_region(country)
    assert plan is not None
    if plan.leading_digits is not None:
        return f"(?:{plan.leading_digits})"
    kinds = [described for kind in _KINDS if (described := _described(getattr(plan, kind)))]
    return f"(?={_described(plan.general_desc)})(?:{'|'.join(kinds)})"


def _described(kind: Any) -> str:
    if kind is None or not kind.national_number_pattern:
        return ""
    lengths = "|".join(f"[0-9]{{{length}}}" for length in kind.possible_length if length > 0)
    return (f"(?=(?:{lengths})$)" if lengths else "") + f"(?:{kind.national_number_pattern})$"
