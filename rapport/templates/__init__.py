"""Templates: their language, rendering and what they are made of."""
