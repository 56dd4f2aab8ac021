"""Who works, when a check is made, and with what is measured (SPEC 9.10-39 to 9.10-43)."""

from __future__ import annotations

from typing import Any

from . import base, crypto
from .base import asking, attest, entry, member, minimal
from .case import Cases
from .model import DAY, MINUTE, OFFSET, START, Item, Ref, Subject
from .ops import drop, edit, move, omit, replace
from .ops_finished import withhold

# The cases below are a table: rows are filled, not broken as code is.
# fmt: off

CASES = Cases()
case, passes = CASES, CASES.passes

STEP: dict[str, Any] = {"step": "seal-bag", "pass_": 1}
BOX: dict[str, Any] = {"step": "box", "pass_": 1}
SEAL_BAG: dict[str, Any] = {"id": "seal-bag", "title": "Seal the bag", "roles": ["operator"]}
ROSTER: list[dict[str, Any]] = [
    member("operator-a", "tech-a", "operator"), member("operator-b", "tech-b", "operator", "supervisor"),
    member("supervisor-1", "super-c", "supervisor"),
    member("agent-1", "robot", "operator", kind="agent", principal="tech-a", software="vision 2.1",
           config=crypto.fixed("config")),
]  # fmt: skip
THEN = START + 2 * MINUTE  # of the first entry after the start of the step


def reading(label: str = "reading", actor: str = "operator-a", name: str = "count") -> Item:
    """Give a value that the step does not ask for."""
    return entry(label, "value-recorded", actor, **STEP, name=name, value=3)


def with_roster(subject: Subject, **more: dict[str, Any]) -> Subject:
    """Give some actors of the roster further members; ``_`` stands for ``-`` in their ids."""
    given = {name.replace("_", "-"): members for name, members in more.items()}
    subject.item("contract").fields["roster"] = [one | given.get(one["id"], {}) for one in ROSTER]
    return subject


# 9.10-39: qualifications

ABLE = "A signature shows who did it, not that he could."


def held() -> dict[str, Any]:
    """Give a qualification."""
    return {"qualifications": [{"id": "aseptic", "number": "C-118"}]}


def window(**limits: int) -> dict[str, Any]:
    """Give a qualification with its first or last millisecond."""
    times = {name.replace("_", "-"): [ms, OFFSET] for name, ms in limits.items()}
    return {"qualifications": [{"id": "aseptic"} | times]}


def qualified(*more: Item, actor: str = "operator-b", **members: dict[str, Any]) -> Subject:
    """Give a reading by an actor, in a step of qualified persons that another one begins and ends."""
    subject = minimal(reading(actor=actor), *more, steps=[SEAL_BAG | {"qualifications": ["aseptic"]}])
    subject.items.insert(subject.index("end") + 1, attest("other-attests", actor))
    return with_roster(subject, **({"operator_a": held()} | members))


def supervised(kind: str, **members: dict[str, Any]) -> Subject:
    """Give a step of qualified persons that a supervisor checks or releases."""
    ways: dict[str, dict[str, Any]] = {"checked": {"critical": True, "check": ["supervisor"]},
                                       "released": {"hold": ["supervisor"]}}
    subject = minimal(steps=[SEAL_BAG | ways[kind] | {"qualifications": ["aseptic"]}])
    said = {"passed": True} if kind == "checked" else {}
    at = subject.index("end") + 1
    subject.items[at:at] = [entry(kind, kind, "supervisor-1", **STEP, **said), attest("c-attests", "supervisor-1")]
    return with_roster(subject, **({"operator_a": held(), "supervisor_1": held()} | members))


UNABLE = ("actor.unqualified", "reading")
passes("qualified", "A person works on a step, qualified for it", "9.10-39", lambda: qualified(operator_b=held()))
case("qualified-not", "qualified", omit("contract", "roster/1/qualifications"), UNABLE, verdict="PROVISIONAL",
     title="A person works on a step without its qualification", why=ABLE)
case("qualified-other", "qualified", edit("contract", "roster/1/qualifications/0/id", "welding"), UNABLE,
     verdict="PROVISIONAL", title="A person works on a step with another qualification", why=ABLE)
case("qualified-in-one", "qualified", edit("contract", "steps/0/qualifications", ["aseptic", "ergonomics"]),
     ("actor.unqualified", "begin"), UNABLE, verdict="PROVISIONAL",
     title="Two persons hold one of two qualifications of a step: found once for each", why=ABLE)
passes("qualified-last", "A person works in the last millisecond of the qualification", "9.10-39",
       lambda: qualified(operator_b=window(not_after=THEN)))
case("qualified-no-more", "qualified-last", edit("contract", "roster/1/qualifications/0/not-after", [THEN - 1, OFFSET]),
     UNABLE, verdict="PROVISIONAL", title="A person works a millisecond after the qualification", why=ABLE)
passes("qualified-first", "A person works in the first millisecond of the qualification", "9.10-39",
       lambda: qualified(operator_b=window(not_before=THEN)))
case("qualified-not-yet", "qualified-first", edit("contract", "roster/1/qualifications/0/not-before",
     [THEN + 1, OFFSET]), UNABLE, verdict="PROVISIONAL", title="A person works a millisecond before the qualification",
     why=ABLE)
passes("qualified-agent", "An agent works on a step of qualified persons", "9.10-39",
       lambda: qualified(actor="agent-1"))
case("qualified-agent-no-more", "qualified-agent", edit("contract", "roster/3/kind", "human"), UNABLE,
     verdict="PROVISIONAL", title="The same actor is a human", why=ABLE)
passes("qualified-twice", "A person writes two entries of a step, qualified for it", "9.10-39",
       lambda: qualified(reading("reading2", "operator-b", "length"), operator_b=held()))
case("qualified-found-once", "qualified-twice", omit("contract", "roster/1/qualifications"), UNABLE,
     verdict="PROVISIONAL", title="Two entries of a person who is not qualified: found at the first",
     why="One want would be counted as many.")
passes("qualified-checker", "A qualified person checks a step of qualified persons", "9.10-39",
       lambda: supervised("checked"))
passes("qualified-releaser", "A qualified person releases a step of qualified persons", "9.10-39",
       lambda: supervised("released"))
for kind, who in (("checked", "checker"), ("released", "releaser")):
    case(f"qualified-{who}-not", f"qualified-{who}", omit("contract", "roster/2/qualifications"),
         ("actor.unqualified", kind), verdict="PROVISIONAL", why=ABLE,
         title=f"The {who} of a step has not its qualification")
case("qualification-turned", "qualified-last", edit("contract", "roster/1/qualifications/0/not-before",
     [THEN + 1, OFFSET]), ("contract.inconsistent", "contract"), clauses="6.1-2",
     title="A qualification that begins after its end", why="A window that nothing lies in can be read as no window.")

# 9.10-40, -41: when a check is made

SEEN = "A check of what has long been packed, or changed since, checks nothing."
CRITICAL = SEAL_BAG | {"critical": True, "check": ["supervisor"]}


def check(label: str = "checked", actor: str = "supervisor-1") -> Item:
    """Give a check of the critical step."""
    return entry(label, "checked", actor, **STEP, passed=True)


def boxed(*later: Item, attests: tuple[str, ...] = ("supervisor-1",)) -> Subject:
    """Give a critical step that is checked before the next one starts."""
    box = {"id": "box", "title": "Box the bag", "roles": ["operator"], "after": ["seal-bag"]}
    subject = minimal(steps=[CRITICAL, box], pinned=asking("check.late", "check.outdated"))
    at = subject.index("end") + 1
    subject.items[at:at] = [check(), entry("box-begin", "step-started", **BOX), *later,
                            entry("box-end", "step-completed", **BOX), *(attest(f"{a}-attests", a) for a in attests)]
    return with_roster(subject)


def checked(*after_start: Item, after_end: tuple[Item, ...] = (), void: bool = False) -> Subject:
    """Give a critical step with work and a check, under a policy that wants no work after the check."""
    authority = base.AUTHORITY | ({"void": ["supervisor"]} if void else {})
    subject = minimal(*after_start, steps=[CRITICAL], authority=authority, pinned=asking("check.outdated"))
    at = subject.index("end") + 1
    subject.items[at:at] = [*after_end, attest("c-attests", "supervisor-1")]
    return with_roster(subject)


def corrected(label: str, of: str, old: int, new: int) -> Item:
    """Give a correction of the reading."""
    return entry(label, "correction", corrects=Ref(of), old=old, new=new, why="Counted again.")


def void() -> Item:
    """Give the entry by which a supervisor makes the reading void."""
    return entry("void", "voided", "supervisor-1", voids=Ref("reading"), why="Of another bag.")


FIX = corrected("correction", "reading", 3, 4)
passes("check-in-time", "A critical step is checked before the next one starts", "9.10-40 9.10-41", boxed)
case("check-late", "check-in-time", move("checked", "box-begin"), ("check.late", "box-begin"), why=SEEN,
     title="A critical step is checked in the entry after the next one started")
passes("check-again", "A critical step is checked by two people, before and after the next one starts", "9.10-40",
       lambda: boxed(check("checked2", "operator-b"), attests=("supervisor-1", "operator-b")))
case("check-late-independent", "check-again", edit("contract", "roster/2/person", "tech-a"),
     ("check.late", "box-begin"), title="Before the next step starts, only the performer has checked", why=SEEN,
     clauses="9.10-20 9.10-40")
case("check-late-withheld", "check-in-time", withhold("checked"), ("entry.withheld", "checked"), "rule.not-evaluated",
     verdict="PROVISIONAL", title="The check is withheld", clauses="8.3-2", why="A copy would fail for what it lacks.")
passes("check-after-work", "A pass is checked after its value was corrected", "9.10-41",
       lambda: checked(reading(), after_end=(FIX, check())))
case("check-outdated", "check-after-work", move("checked", "end"), ("check.outdated", "correction"),
     verdict="PROVISIONAL", title="A value is corrected after the check", why=SEEN)
passes("check-before-end", "A pass is checked before its end", "9.10-41", lambda: checked(reading(), check()))
case("check-before-work", "check-before-end", move("checked", "begin"), ("check.outdated", "reading"),
     verdict="PROVISIONAL", title="A pass is checked before its value is recorded", why=SEEN)
case("check-before-start", "check-before-end", move("checked", "started"), "check.missing",
     title="A pass is checked before it starts", why=SEEN, clauses="9.10-19")
passes("check-after-all", "A pass is checked after two corrections", "9.10-41", lambda: checked(
    reading(), after_end=(FIX, corrected("correction2", "correction", 4, 5), check())))
case("check-outdated-last", "check-after-all", move("checked", "end"), ("check.outdated", "correction2"),
     verdict="PROVISIONAL", title="Two corrections after the check: found at the last", why=SEEN)
passes("check-renewed", "A pass is checked again after a correction", "9.10-41",
       lambda: checked(reading(), after_end=(check(), FIX, check("checked2"))))
case("check-not-renewed", "check-renewed", drop("checked2"), ("check.outdated", "correction"), verdict="PROVISIONAL",
     title="A pass is not checked again after a correction", why=SEEN)
passes("check-after-void", "A pass is checked after a value was made void", "9.10-41",
       lambda: checked(reading(), after_end=(void(), check()), void=True))
case("check-outdated-by-void", "check-after-void", move("checked", "end"), ("check.outdated", "void"),
     verdict="PROVISIONAL", title="A value is made void after the check", why=SEEN, clauses="6.4-4 9.10-41")
case("check-outdated-withheld", "check-renewed", withhold("checked2"), ("entry.withheld", "checked2"),
     "rule.not-evaluated", verdict="PROVISIONAL", title="The second check is withheld", clauses="8.3-2",
     why="A copy would be told to lack what everybody saw.")

# 9.10-42, -43: instruments

TOOL = "A value is worth what the instrument is worth."


def weighed(**fields: Any) -> Subject:
    """Give a step that asks for a scale and a ruler, with both."""
    step = SEAL_BAG | {"instruments": ["ruler", "scale"], **fields}
    used: dict[str, Any] = {**STEP, "due": [START + DAY, OFFSET]}
    return minimal(entry("scale", "instrument-used", **used, instrument="SCALE 7", as_="scale"),
                   entry("ruler", "instrument-used", **used, instrument="R-12", as_="ruler"), steps=[step])


def weighed_twice() -> Subject:
    """Give two passes of that step."""
    subject = weighed(repeat={"min": 1, "max": 2})
    again = [(item.label + "2", item) for item in subject.items if item.label in ("begin", "scale", "ruler", "end")]
    at = subject.index("end") + 1
    subject.items[at:at] = [Item(label, 2, item.fields | {"pass": 2}) for label, item in again]
    return subject


def due(ms: int) -> Subject:
    """Give an instrument, used two minutes after the start, whose calibration is due then and so much later."""
    tool = entry("tool", "instrument-used", **STEP, instrument="SCALE 7", due=[THEN + ms, OFFSET])
    return minimal(tool)


passes("instruments-used", "Each instrument that a step asks for is used", "9.10-42", weighed)
case("instrument-missing", "instruments-used", drop("scale"), ("instrument.missing", "end"), verdict="PROVISIONAL",
     title="An instrument that a step asks for is not used", why=TOOL)
case("instrument-unnamed", "instruments-used", omit("scale", "as"), ("instrument.missing", "end"), why=TOOL,
     verdict="PROVISIONAL", title="An instrument is used, and it is not said as what")
case("instrument-as-other", "instruments-used", edit("scale", "as", "balance"), ("instrument.missing", "end"), why=TOOL,
     verdict="PROVISIONAL", title="An instrument is used as another than the step asks for")
passes("instruments-used-twice", "Each instrument is used in each pass", "9.10-42", weighed_twice)
case("instrument-missing-second", "instruments-used-twice", drop("scale2"), ("instrument.missing", "end2"), why=TOOL,
     verdict="PROVISIONAL", title="An instrument is used in the first of two passes only")
case("instrument-withheld", "instruments-used", withhold("scale"), ("entry.withheld", "scale"), "rule.not-evaluated",
     verdict="PROVISIONAL", title="The use of an instrument is withheld", clauses="8.3-2",
     why="A copy would be told to lack what everybody saw.")
passes("instrument-due", "An instrument is used in the millisecond in which its calibration is due", "9.10-43",
       lambda: due(0))
case("instrument-overdue", "instrument-due", edit("tool", "due", [THEN - 1, OFFSET]),
     ("instrument.out-of-calibration", "tool"), verdict="PROVISIONAL", why=TOOL,
     title="An instrument is used a millisecond after its calibration is due")
case("instrument-due-unsaid", "instrument-due", omit("tool", "due"), ("instrument.out-of-calibration", "tool"),
     verdict="PROVISIONAL", title="It is not said when the calibration is due", why=TOOL)


def skipped() -> Subject:
    """Give an optional step that asks for everything, begun and then skipped."""
    everything = SEAL_BAG | {
        "id": "box", "title": "Box the bag", "optional": True, "critical": True, "check": ["supervisor"],
        "values": [{"id": "mass", "type": "decimal"}], "instruments": ["scale"], "hold": ["supervisor"],
        "evidence": [{"id": "picture", "media": ["image/png"], "min": 1, "max": 1}],
    }  # fmt: skip
    where: dict[str, Any] = {"step": "box", "pass_": 1}
    return minimal(entry("box-begin", "step-started", **where),
                   entry("skip", "step-skipped", **where, reason="No box."), steps=[SEAL_BAG, everything],
                   pinned=asking("check.late", "check.outdated"))


passes("skipped-owes-nothing", "A skipped pass owes no value, evidence, check, instrument or release",
       "9.10-6 9.10-8 9.10-19 9.10-22 9.10-42", skipped)
case("skipped-not", "skipped-owes-nothing", replace("skip", entry("skip", "step-completed", step="box", pass_=1)),
     "step.not-released", "value.missing", "check.missing", "evidence.missing", ("instrument.missing", "skip"),
     title="The same pass is completed", why="Whoever does a step owes what it asks for.")
case("skipped-completed-never-begun", "skipped-owes-nothing",
     replace("box-begin", entry("box-begin", "step-completed", step="box", pass_=1)),
     ("step.out-of-order", "box-begin"),
     ("step.out-of-order", "skip"), "step.not-released", "value.missing", "check.missing", "evidence.missing",
     ("instrument.missing", "box-begin"), title="A pass is completed that was never begun, and then skipped",
     why="A verifier that knows nothing of the pass falls over, or asks nothing of it.")
