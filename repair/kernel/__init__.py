"""A kernel that is built and booted: its build, its objects with Rust in them, and what its boot says."""
