"""What is said to a model, what comes back, and what it costs."""
