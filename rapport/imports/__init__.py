"""Imports of files: a client of the HTTP API, so what it brings in takes the same way as everything else."""
