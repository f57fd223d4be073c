"""Filters taken from Django as they are.

Left out: what is unbounded, quadratic or for debugging (urlize, pprint, json_script …).
"""

from django.template import defaultfilters

from rapport.templates.language.registry import FILTERS

_NAMES = (
    "addslashes",
    "capfirst",
    "cut",
    "date",
    "default",
    "default_if_none",
    "dictsort",
    "dictsortreversed",
    "divisibleby",
    "escape",
    "escapejs",
    "filesizeformat",
    "first",
    "force_escape",
    "iriencode",
    "last",
    "length",
    "linebreaks",
    "linebreaksbr",
    "lower",
    "make_list",
    "phone2numeric",
    "pluralize",
    "safe",
    "safeseq",
    "slice",
    "slugify",
    "striptags",
    "time",
    "title",
    "truncatechars",
    "truncatewords",
    "upper",
    "urlencode",
    "wordcount",
    "wordwrap",
    "yesno",
)
_ALIASES = {
    "capitalize": "capfirst",
    "downcase": "lower",
    "newline_to_br": "linebreaksbr",
    "size": "length",
    "count": "length",
    "strip_html": "striptags",
    "upcase": "upper",
}

FILTERS.update({name: defaultfilters.register.filters[name] for name in _NAMES})
FILTERS.update({alias: defaultfilters.register.filters[name] for alias, name in _ALIASES.items()})
