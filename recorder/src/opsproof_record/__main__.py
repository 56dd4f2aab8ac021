"""`python -m opsproof_record` is `opsproof`."""

from opsproof_record.cli import main

main(prog_name="opsproof")
