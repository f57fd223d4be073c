"""The public side: what browsers and apps say with nothing but an account's public key (behaviour-people 6)."""
