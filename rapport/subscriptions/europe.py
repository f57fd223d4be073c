"""Where marketing mail needs consent given beforehand: the EU, the UK and Switzerland."""

# By code and English name, as an account's address may have either.
_COUNTRIES = {
    "AT": "Austria", "BE": "Belgium", "BG": "Bulgaria", "CH": "Switzerland", "CY": "Cyprus", "CZ": "Czechia",
    "DE": "Germany", "DK": "Denmark", "EE": "Estonia", "ES": "Spain", "FI": "Finland", "FR": "France",
    "GB": "United Kingdom", "GR": "Greece", "HR": "Croatia", "HU": "Hungary", "IE": "Ireland", "IT": "Italy",
    "LT": "Lithuania", "LU": "Luxembourg", "LV": "Latvia", "MT": "Malta", "NL": "Netherlands", "PL": "Poland",
    "PT": "Portugal", "RO": "Romania", "SE": "Sweden", "SI": "Slovenia", "SK": "Slovakia",
}  # fmt: skip
_ALSO = ("czech republic", "uk", "el", "great britain", "the netherlands", "northern ireland", "england", "scotland",
         "wales", "deutschland", "österreich", "schweiz", "suisse", "españa", "italia")  # fmt: skip
_NAMES = frozenset({word.casefold() for pair in _COUNTRIES.items() for word in pair} | set(_ALSO))


def needs_consent(country: str | None) -> bool:
    """Whether a country of an account's address is one of them."""
    return (country or "").strip().casefold() in _NAMES
