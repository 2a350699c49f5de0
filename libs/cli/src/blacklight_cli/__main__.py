"""`python -m blacklight_cli`."""

from blacklight_cli.main import main

main(prog_name="blacklight")
