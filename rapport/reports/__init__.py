"""Reports: what messages did and earned, counted on the day they were sent."""
