"""`python -m engine` is `gpttg`."""

from engine.cli import main

main()
