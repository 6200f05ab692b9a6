"""What a run tells: on the terminal while it runs, and in its report."""
