"""People: identity, attributes, consent, suppression."""
