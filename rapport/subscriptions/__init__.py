"""What people allow, and who may not be written to: subscribe, unsubscribe, suppress."""
