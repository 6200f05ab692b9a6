"""The C interface of a crate with safe signatures: `extern "C"` shims, written by rule."""
