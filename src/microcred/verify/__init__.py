"""The verifier's judgement: what to rely on, and why not."""
