"""A given interface: a Rust crate whose open bodies are filled."""
