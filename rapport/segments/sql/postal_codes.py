"""Postal codes as they are compared: what people write in many ways is one code (behaviour-people 4.6).

Of the United Kingdom only the outward half counts (SW1A of SW1A 1AA), of Canada and Ireland the first three characters,
of the United States, the Netherlands and Portugal the digits that stand for a place.
"""

# country -> how many characters from the left, of letters and digits
_LETTERS = {"CA": 3, "IE": 3, "MT": 3}
# country -> how many digits from the left
_DIGITS = {"US": 5, "NL": 4, "PT": 4}
# The second half of a code of the United Kingdom, and the most that the first has.
_INWARD, _OUTWARD = 3, 4


def code(written: str, country: str) -> str:
    """SQL of a postal code as it is compared, from SQL of what was written and of the country's code of two letters;
    null when there is nothing in it."""
    plain = f"upper(regexp_replace({written}, '[^A-Za-z0-9]', '', 'g'))"
    digits = f"regexp_replace({written}, '[^0-9]', '', 'g')"
    cut = [f"WHEN '{region}' THEN left({plain}, {length})" for region, length in _LETTERS.items()]
    cut += [f"WHEN '{region}' THEN left({digits}, {length})" for region, length in _DIGITS.items()]
    outward = f"CASE WHEN length({plain}) > {_OUTWARD} THEN left({plain}, -{_INWARD}) ELSE {plain} END"
    return f"nullif(CASE {country} WHEN 'GB' THEN {outward} {' '.join(cut)} ELSE {digits} END, '')"
