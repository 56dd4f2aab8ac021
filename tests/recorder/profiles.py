"""The baseline profile with some rules set otherwise, for tests that need a policy of their own."""

from __future__ import annotations

import re
from pathlib import Path

from opsproof_verify.policy import shipped


def baseline(**rules: str) -> str:
    """Give its text with some rules replaced: ``attestation_late='level = "fail", max-waiting = 2'``.

    The first ``_`` of a name stands for the point, further ones for hyphens.
    """
    text = Path(shipped("baseline")).read_text(encoding="utf-8")
    for name, setting in rules.items():
        subject, _, rest = name.partition("_")
        rule = f"{subject}.{rest.replace('_', '-')}"
        text = re.sub(rf'(?m)^"{re.escape(rule)}" = \{{.*\n', "", text)
        text = text.replace("[rules]\n", f'[rules]\n"{rule}" = {{ {setting} }}\n', 1)
    return text
