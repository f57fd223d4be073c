"""What a kill -9 must not break."""
