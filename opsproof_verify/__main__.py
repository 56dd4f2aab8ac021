"""`python -m opsproof_verify` is the command `opsproof-verify`."""

from opsproof_verify.cli import command

command()
