"""From an inventory to a crate with typed holes, and from plugs to the crate as files."""
