"""Postal codes and where they are, filled by whoever runs the installation (`rapport places import`)."""
