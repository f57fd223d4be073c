"""What an account uses of its installation, beside the limits that the operator set."""
