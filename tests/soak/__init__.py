"""Long runs under steady load."""
