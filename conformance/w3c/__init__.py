"""What the six test suites of the W3C call, and what they want other than the library rightly does: see README.md."""
