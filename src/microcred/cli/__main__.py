"""``python -m microcred.cli``."""

from microcred.cli import main

main()
