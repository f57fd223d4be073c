"""The lake answers as the table would, whatever happens to either."""
