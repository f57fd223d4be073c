"""Live groups of profiles, defined by conditions."""
