"""Some policies, as texts: what runs are played and verified under."""

from __future__ import annotations

from opsproof_verify.policy import Policy

#: Two people in a fixed order, sharper rulings, signatures at once; what is withheld or not given counts as violated.
STRICT = """
vocabulary = 1
id = "strict"
version = 2
title = "Strict"
default-level = "fail"
unevaluable = "own"
sealing-roles = ["sealing"]
[contract-approval]
count = 1
roles = ["quality"]
[rules."attestation.late"]
level = "fail"
max-waiting = 4
at-once = ["checked", "released", "deviation-ruled"]
[rules."time.repeated"]
level = "fail"
max-same = 2
[rules."contract.no-retention"]
level = "note"
[rules."agent.undescribed"]
level = "note"
[rules."step.skip-unexplained"]
level = "provisional"
[rules."evidence.missing"]
level = "provisional"
[rules."deviation.not-closed"]
level = "provisional"
[rules."approval.missing"]
level = "provisional"
[rules."instrument.missing"]
level = "provisional"
[rules."evidence.undescribed"]
level = "provisional"
members = ["captured"]
[rules."evidence.reused"]
level = "provisional"
[rules."deviation.premature"]
level = "provisional"
[rules."time.not-monotonic"]
level = "note"
[rules."time.outside-run"]
level = "note"
[rules."time.after-verification"]
level = "note"
[rules."trust.stale"]
level = "note"
[rules."seal.key-not-trusted"]
level = "note"
[rules."seal.not-witnessed"]
level = "note"
[rules."seal.witnessed-late"]
level = "off"
reason = "It turns on the moment at which a test asks"
[rules."signoff.not-authenticated"]
level = "note"
[rules."signoff.other-policy"]
level = "note"
[[approvals]]
id = "production"
role = "production"
last-word = false
[[approvals]]
id = "closure"
role = "quality"
count = 2
meaning = "release"
independent-of = ["author", "performer", "checker", "sealer"]
after = ["production"]
[[approvals]]
id = "review"
role = "quality"
when-deviation = { severity = ["critical"] }
meaning = "release"
[[rulings]]
severity = ["minor"]
critical = true
ruling = "block"
[[rulings]]
reasons = ["bad"]
ruling = "block"
[[rulings]]
severity = ["minor", "major"]
ruling = "review"
[[rulings]]
ruling = "block"
"""

#: People of the run approve, blind if they like; much is a note, and nothing stops the work.
LENIENT = """
vocabulary = 1
id = "lenient"
version = 1
title = "Lenient"
default-level = "fail"
unevaluable = "provisional"
approvers = "roster"
[contract-approval]
count = 1
[rules."step.unfinished"]
level = "note"
[rules."deviation.missing"]
level = "off"
reason = "Nobody looks at limits here"
[rules."check.missing"]
level = "note"
[rules."gap.unexplained"]
level = "provisional"
[rules."value.missing"]
level = "note"
[rules."evidence.missing"]
level = "provisional"
[rules."attestation.missing"]
level = "provisional"
[rules."approval.missing"]
level = "provisional"
[rules."approval.self"]
level = "note"
[rules."trust.stale"]
level = "off"
reason = "An archive is checked long after"
[[approvals]]
id = "closure"
role = "lead"
independent-of = ["author"]
blind = true
[[rulings]]
severity = ["critical"]
ruling = "review"
[[rulings]]
ruling = "allow"
"""

#: Rules that only the strict and the selective policy ask for.
UNASKED = (
    *("contract.no-retention", "time.repeated", "time.clock-unstated", "time.clock-changed-silently"),
    *("time.not-monotonic", "time.outside-run", "entry.late-unexplained", "actor.unqualified", "check.late"),
    *("check.outdated", "instrument.missing", "instrument.out-of-calibration", "evidence.undescribed"),
    *("evidence.reused", "evidence.late", "custody.broken", "custody.not-received", "deviation.late"),
    *("deviation.premature", "agent.undescribed", "action.by-principal", "seal.key-not-trusted"),
    *("seal.not-witnessed", "seal.witnessed-late", "redaction.unexplained", "signoff.not-authenticated"),
    *("signoff.delegation-invalid", "signoff.other-policy", "approval.late"),
)

#: Everything by selectors: levels, rulings, when an approval is needed and what it covers.
SELECTIVE = """
vocabulary = 1
id = "selective"
version = 1
title = "Selective"
default-level = "fail"
unevaluable = "provisional"
[contract-approval]
count = 1
[rules."contract.no-retention"]
level = "note"
[rules."agent.undescribed"]
level = "note"
[rules."time.not-monotonic"]
level = "note"
[rules."time.outside-run"]
level = "note"
[rules."time.repeated"]
level = "note"
[[rules."time.repeated".when]]
kinds = ["device"]
level = "off"
reason = "A device is fast"
[rules."time.after-verification"]
level = "note"
[rules."trust.stale"]
level = "note"
[rules."step.skip-unexplained"]
level = "provisional"
[[rules."step.skip-unexplained".when]]
tags = ["sterile"]
level = "fail"
[rules."evidence.missing"]
level = "provisional"
[[rules."evidence.missing".when]]
steps = ["s1*"]
level = "note"
[rules."attestation.missing"]
level = "provisional"
[rules."attestation.late"]
level = "note"
max-waiting = 6
[[rules."attestation.late".when]]
kinds = ["agent", "device"]
level = "off"
reason = "Machines sign in batches"
[rules."gap.unexplained"]
level = "provisional"
[[rules."gap.unexplained".when]]
roles = ["lead"]
level = "note"
[rules."actor.unqualified"]
level = "provisional"
[[rules."actor.unqualified".when]]
critical = true
level = "fail"
[rules."check.late"]
level = "note"
[[rules."check.late".when]]
tags = ["sterile"]
level = "fail"
[rules."check.outdated"]
level = "provisional"
[rules."instrument.missing"]
level = "note"
[[rules."instrument.missing".when]]
tags = ["weighing"]
level = "provisional"
[rules."instrument.out-of-calibration"]
level = "provisional"
[rules."evidence.undescribed"]
level = "note"
members = ["captured", "copy"]
[[rules."evidence.undescribed".when]]
kinds = ["human"]
level = "provisional"
[rules."evidence.reused"]
level = "note"
[rules."evidence.late"]
level = "provisional"
[rules."entry.late-unexplained"]
level = "provisional"
[rules."custody.broken"]
level = "provisional"
[rules."custody.not-received"]
level = "provisional"
[rules."deviation.late"]
level = "provisional"
[rules."deviation.premature"]
level = "provisional"
[[rules."deviation.premature".when]]
tags = ["weighing"]
level = "off"
reason = "Weighing is announced"
[rules."deviation.not-closed"]
level = "provisional"
[[rules."deviation.not-closed".when]]
severity = ["minor"]
reasons = ["o*"]
level = "note"
[rules."deviation.not-remediated"]
level = "provisional"
[rules."approval.missing"]
level = "provisional"
[rules."seal.key-not-trusted"]
level = "note"
[rules."seal.not-witnessed"]
level = "off"
reason = "There is no clock"
[rules."seal.witnessed-late"]
level = "off"
reason = "There is no clock"
[rules."signoff.not-authenticated"]
level = "off"
reason = "There is no terminal"
[rules."signoff.other-policy"]
level = "off"
reason = "Crew sign what they have"
[[approvals]]
id = "closure"
role = "quality"
meaning = "release"
independent-of = ["author", "recorder"]
[[approvals]]
id = "engineering"
role = "production"
when-work = { kinds = ["agent"], tags = ["sterile", "weighing"] }
covers = { reasons = ["li*"], severity = ["minor", "major"] }
last-word = false
[[approvals]]
id = "board"
role = "quality"
when-deviation = { severity = ["major", "critical"], count = 2 }
independent-of = []
[[rulings]]
tags = ["sterile"]
reasons = ["gr*", "bad"]
ruling = "block"
[[rulings]]
kinds = ["agent", "device"]
severity = ["minor"]
ruling = "allow"
[[rulings]]
roles = ["inspection"]
ruling = "block"
[[rulings]]
steps = ["s2", "s3*"]
critical = false
ruling = "allow"
[[rulings]]
reasons = ["o*"]
roles = ["lead", "operator"]
ruling = "review"
[[rulings]]
ruling = "review"
"""

_OFF = "".join(f'[rules."{name}"]\nlevel = "off"\nreason = "Nobody asks for it here"\n' for name in UNASKED)

POLICIES: dict[str, Policy] = {
    "baseline": Policy.load("baseline"),
    "strict": Policy.parse(STRICT.encode()),
    "lenient": Policy.parse(LENIENT.replace("[[approvals]]", _OFF + "[[approvals]]", 1).encode()),
    "selective": Policy.parse(SELECTIVE.encode()),
}
