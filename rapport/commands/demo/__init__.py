"""The demo store: generated with a fixed seed, and sent through the product's own API like any store's data."""
