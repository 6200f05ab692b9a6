"""Kernels: their builds, modules of them, and crates that go into them."""
