"""An idiomatic interface: safe types and signatures that a model proposes, callees first."""
