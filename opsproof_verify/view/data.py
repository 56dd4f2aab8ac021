"""What the page's script is given: its messages, the report, the trusted keys, and what the page carries."""

from __future__ import annotations

import json

from opsproof_verify.render.json_form import Json
from opsproof_verify.render.json_report import as_json
from opsproof_verify.report import Report
from opsproof_verify.trust import TrustStore
from opsproof_verify.view.carried import Carried
from opsproof_verify.view.catalogue import Catalogue
from opsproof_verify.view.texts import ENGLISH


def page_data(report: Report, trust: TrustStore, say: Catalogue, carried: Carried) -> str:
    """Give the data block; nothing in it can end the element that holds it."""
    document: dict[str, Json] = {
        "messages": {key: say.template(key) for key in sorted(ENGLISH) if key.startswith("js.")},
        "report": as_json(report),
        "keys": keys_of(trust),
        "embedded": {"too-large": carried.too_large, "bytes": carried.size, "left-out": [*carried.left_out]},
    }
    text = json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def keys_of(trust: TrustStore) -> dict[str, Json]:
    """Give the keys of a trust store as the JavaScript verifier takes them."""
    return {
        "issuers": [{"person": one.person, "key": one.key.hex()} for one in trust.issuers],
        "approvers": [{"person": one.person, "key": one.key.hex()} for one in trust.approvers],
        "witnesses": [{"id": one.id, "key": one.key.hex()} for one in trust.witnesses],
        "revoked": [{"key": one.key.hex(), "at": one.at, "reason": one.reason} for one in trust.revoked],
    }
