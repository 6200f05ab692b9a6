"""The kernel as a target: its modules, its crates, and what its C keeps to itself."""
