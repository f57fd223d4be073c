"""Benchmarks: each measures one budget of the design beside a reference in the same run."""
