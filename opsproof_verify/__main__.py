"""`python -m opsproof_verify` is the command `opsproof-verify`."""

import sys

from opsproof_verify.cli import main

sys.exit(main())
