"""All messages of the page in English, by key; tables and nothing else.

``ENGLISH`` is what a translation begins with: the page's own messages, those of its script, and those that every form
of report shares.
"""

from __future__ import annotations

from opsproof_verify.render.messages import CLASSES, TEXTS
from opsproof_verify.render.texts import parts
from opsproof_verify.render.texts.kinds import KINDS
from opsproof_verify.view import texts_js
from opsproof_verify.view.preview import texts as preview
from opsproof_verify.view.texts import (
    details,
    deviations,
    evidence,
    facts,
    frame,
    quick,
    record,
    signoffs,
    steps,
    terms,
    timeline,
    why,
)


def _named(name: str, table: dict[str, str]) -> dict[str, str]:
    return {f"{name}.{key}": text for key, text in table.items()}


_SHARED = {
    **{f"finding.{code}": text.sentence for code, text in TEXTS.items()},
    **{f"meaning.{code}": text.meaning for code, text in TEXTS.items()},
    **{f"action.{code}": text.action for code, text in TEXTS.items()},
    **_named("phrase", parts.PHRASES),
    **_named("owed", parts.OWED),
    **_named("not-proven", parts.NOT_PROVEN),
    **_named("decision", parts.DECISIONS),
    **_named("factor", parts.FACTORS),
    **_named("copy", parts.COPIES),
    **_named("chosen-by", parts.CHOSEN_BY),
    **_named("ruling", parts.RULINGS),
    **_named("weight", parts.WEIGHTS),
    **{f"phase.{number}": text for number, text in parts.PHASES.items()},
    **{f"class.{speaks}": text for speaks, text in CLASSES.items()},
    **{f"kind.{speaks}": text for speaks, text in KINDS.items()},
}

_TABLES = (
    terms,
    facts,
    frame,
    quick,
    why,
    timeline,
    steps,
    evidence,
    deviations,
    signoffs,
    details,
    record,
    texts_js,
    preview,
)

ENGLISH: dict[str, str] = {
    **_SHARED,
    **{key: text for table in _TABLES for key, text in table.MESSAGES.items()},
}
