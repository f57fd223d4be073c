"""Money as text."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

_SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CNY": "CN¥",
    "KRW": "₩",
    "INR": "₹",
    "AUD": "A$",
    "CAD": "CA$",
    "NZD": "NZ$",
    "HKD": "HK$",
    "SGD": "S$",
    "MXN": "MX$",
    "BRL": "R$",
    "ILS": "₪",
    "VND": "₫",
    "PHP": "₱",
    "THB": "฿",
    "TRY": "₺",
    "UAH": "₴",
}
_NO_CENTS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF", "XPF"}
)
_THREE_PLACES = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_LARGEST = Decimal(10) ** 20


def places(currency: str) -> int:
    """Digits after the point of a currency (ISO 4217)."""
    return 0 if currency in _NO_CENTS else 3 if currency in _THREE_PLACES else 2


def format_currency(value: Any, currency: str) -> str:
    """`1234.5, "USD"` → `$1,234.50`; a currency without a sign of its own → `CHF 1,234.50`; no number → empty."""
    amount = _decimal(value)
    if amount is None:
        return ""
    rounded = amount.quantize(Decimal(1).scaleb(-places(currency)), ROUND_HALF_UP)
    sign = "-" if rounded < 0 else ""
    return f"{sign}{_SYMBOLS.get(currency, currency + ' ')}{abs(rounded):,}"


def _decimal(value: Any) -> Decimal | None:
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < _LARGEST else None
