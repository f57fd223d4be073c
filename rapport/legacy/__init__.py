"""The first two versions of the API, for clients that were never changed."""
