"""The check on a tree that was migrated: what no longer is as it was when its Rust was accepted."""
