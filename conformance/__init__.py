"""Other people's implementations, and ours, on the same credentials: see docs/conformance.md."""
