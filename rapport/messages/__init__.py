"""Messages: compose, gate, outbox, delivery, tracking and replies."""
