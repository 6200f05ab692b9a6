"""The kernel as a target: its build, and what a run needs of it."""
