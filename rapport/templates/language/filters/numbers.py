"""Filters on numbers. Results are floats, so `5.2|ceil` prints `6.0`; what is no number counts as 0."""

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.template import defaultfilters

from rapport.templates.language.registry import filter_tag

_STEPS = [Decimal(1).scaleb(-digits) for digits in range(16)]
_LARGE = 10.0**12


def number(value: Any) -> float:
    """A float, 0.0 for anything that is no finite number."""
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return result if math.isfinite(result) else 0.0


@filter_tag("plus", "floatadd")
def plus(value: Any, other: Any) -> float:
    """Sum."""
    return number(value) + number(other)


@filter_tag("minus", "floatsub")
def minus(value: Any, other: Any) -> float:
    """Difference."""
    return number(value) - number(other)


@filter_tag("multiply")
def multiply(value: Any, other: Any) -> float:
    """Product."""
    return number(value) * number(other)


@filter_tag("divide")
def divide(value: Any, other: Any) -> float:
    """Quotient; 0.0 when dividing by zero."""
    divisor = number(other)
    return number(value) / divisor if divisor else 0.0


@filter_tag("modulo", "remainder")
def modulo(value: Any, other: Any) -> float:
    """Remainder; 0.0 when dividing by zero."""
    divisor = number(other)
    return number(value) % divisor if divisor else 0.0


@filter_tag("abs")
def absolute(value: Any) -> Any:
    """Without its sign; whole numbers stay whole."""
    return abs(value) if isinstance(value, int) else abs(number(value))


@filter_tag("at_least")
def at_least(value: Any, limit: Any) -> Any:
    """`limit` where the value is less."""
    return value if number(value) >= number(limit) else limit


@filter_tag("at_most")
def at_most(value: Any, limit: Any) -> Any:
    """`limit` where the value is more."""
    return value if number(value) <= number(limit) else limit


@filter_tag("ceil", "round_up")
def ceil(value: Any) -> float:
    """The next whole number upwards."""
    return float(math.ceil(number(value)))


@filter_tag("floor", "round_down")
def floor(value: Any) -> float:
    """The next whole number downwards."""
    return float(math.floor(number(value)))


@filter_tag("round")
def rounded(value: Any, digits: Any = 0) -> float:
    """Rounded to `digits` after the point, halves away from zero."""
    scale = 10.0 ** max(-15, min(15, int(number(digits))))
    amount = number(value)
    return math.copysign(math.floor(abs(amount) * scale + 0.5) / scale, amount)


@filter_tag("floatformat", is_safe=True)
def floatformat(value: Any, digits: Any = -1) -> str:
    """So many digits after the point, as in Django; the usual case, a price, is ten times faster than there."""
    if type(digits) is int and 0 <= digits < len(_STEPS) and type(value) in (int, float) and -_LARGE < value < _LARGE:
        return f"{Decimal(str(value)).quantize(_STEPS[digits], ROUND_HALF_UP) + 0:f}"
    return str(defaultfilters.floatformat(value, digits))


@filter_tag("percentize")
def percentize(value: Any, digits: Any = 0) -> str:
    """A share as percent: `0.25` → `25%`."""
    return f"{number(value) * 100:.{max(0, min(15, int(number(digits))))}f}%"


@filter_tag("sum_list")
def sum_list(values: Any) -> float:
    """The sum of a list."""
    return math.fsum(number(value) for value in values) if isinstance(values, (list, tuple)) else number(values)


def _comparable(value: Any, other: Any) -> tuple[Any, Any]:
    try:
        return float(value), float(other)
    except (TypeError, ValueError):
        return str(value), str(other)


@filter_tag("gt")
def gt(value: Any, other: Any) -> bool:
    """Greater than, as numbers where both are."""
    left, right = _comparable(value, other)
    return bool(left > right)


@filter_tag("gte")
def gte(value: Any, other: Any) -> bool:
    """Greater than or equal."""
    left, right = _comparable(value, other)
    return bool(left >= right)


@filter_tag("lt")
def lt(value: Any, other: Any) -> bool:
    """Less than."""
    left, right = _comparable(value, other)
    return bool(left < right)


@filter_tag("lte")
def lte(value: Any, other: Any) -> bool:
    """Less than or equal."""
    left, right = _comparable(value, other)
    return bool(left <= right)
