"""`python -m corridor`: the same as the `corridor` command."""

from corridor.app.cli import main

main()
