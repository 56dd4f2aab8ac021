"""The Quick Read: what is the answer, why, what is still owed and by whom, what stands out, what is not proven."""

from __future__ import annotations

from opsproof_verify.findings import Time, Verdict
from opsproof_verify.register import Severity
from opsproof_verify.render.text import hides
from opsproof_verify.render.text_repeat import shell_word
from opsproof_verify.render.times import rfc3339
from opsproof_verify.report import NOT_PROVEN, Owed
from opsproof_verify.view.html import Content, Markup, element, join
from opsproof_verify.view.parts.layout import facts, section
from opsproof_verify.view.parts.places import Places
from opsproof_verify.view.parts.quick_out import stands_out
from opsproof_verify.view.parts.standing import standings
from opsproof_verify.view.scene import DECIDED, Scene

#: Things owed that are listed here.
_MAX_OWED = 100

#: Rulings and their remedies are judged with closure (SPEC 9.11).
_CLOSURE = 8


def quick(scene: Scene) -> Markup:
    """Give the part of the page that answers in a minute (SPEC 11)."""
    say, places = scene.say, Places(scene)
    callout = element("p", say("quick.hidden"), cls="callout is-open") if hides(scene.report) else None
    return section(
        "quick",
        say("quick.title"),
        _verdict(scene),
        _reason(scene, places),
        callout,
        _owed(scene, places),
        _expected(scene),
        _numbers(scene),
        element("h3", say("quick.stands-out")),
        stands_out(scene, places),
        element("h3", say("quick.about")),
        _about(scene),
        _not_proven(scene),
        _repeat(scene),
    )


def policy_name(scene: Scene) -> Markup | None:
    """Give the policy that decided, by id and version, with a link to what is known of it; None if there is none."""
    policy = scene.report.policy
    return scene.link("policy", scene.text(f"{policy.id} {policy.version}")) if policy else None


def _verdict(scene: Scene) -> Markup:
    """Give the verdict as word, shape and colour, and whose policy decided."""
    say, policy = scene.say, scene.report.policy
    state = DECIDED[scene.report.verdict]
    word = element("p", scene.shape(state), " ", say(f"verdict.{scene.report.verdict}"), cls="word")
    under: Content = say("quick.no-policy")
    if policy is not None:
        under = say.markup("quick.under", policy=policy_name(scene), chosen=say(f"chosen-by.{policy.chosen_by}"))
    return element("div", word, element("p", under, cls="under"), cls=f"verdict is-{state}")


def _reason(scene: Scene, places: Places) -> Markup:
    """Give the reason in a sentence or two, and the way to all of it."""
    say, report = scene.say, scene.report
    hidden = "-hidden" if hides(report) else ""
    if report.verdict is Verdict.FAIL:
        said: Content = _failing(scene, places)
    elif report.verdict is Verdict.FINAL:
        said = say(f"quick.final{hidden}")
    elif report.owed:
        said = say(f"quick.provisional{hidden}", count=len(report.owed))
    else:
        said = say(f"quick.stuck{hidden}")
    return element("p", said, " ", element("span", scene.link("why", say("quick.see-why")), cls="muted"), cls="lead")


def _failing(scene: Scene, places: Places) -> Markup:
    """Give the first finding that fails, where it stands, and how many others fail."""
    failing = [one for one in scene.findings if one.finding.severity is Severity.FAIL]
    first, more = failing[0], scene.counted(Severity.FAIL) - 1
    where = places.about(first.finding)
    return join(
        join(where, ": ") if where else None,
        scene.say.brief(first.finding),
        " (",
        scene.link(f"finding-{first.number}", scene.say("quick.proof", number=first.number)),
        ")",
        join(" ", scene.say("quick.more-fail", count=more)) if more else None,
    )


def _owed(scene: Scene, places: Places) -> list[Content]:
    """List what is still owed (SPEC 9.12), each with the place that it is about."""
    say, report = scene.say, scene.report
    head = element("h3", say("quick.owed"), id="owed")
    if not report.owed:
        key = {Verdict.FINAL: "nothing-owed", Verdict.PROVISIONAL: "owed-never", Verdict.FAIL: "owed-fail"}
        return [head, element("p", say(f"quick.{key[report.verdict]}"))]
    rows = [
        element("li", say.owed(one), " ", element("span", _where(scene, places, one), cls="where"))
        for one in report.owed[:_MAX_OWED]
    ]
    more = len(report.owed) - len(rows)
    return [
        head,
        element("ol", rows, cls="owed"),
        element("p", say("quick.owed-more", count=more), cls="muted") if more else None,
    ]


def _where(scene: Scene, places: Places, owed: Owed) -> Markup | None:
    """Give links to what something owed is about."""
    known = dict(owed.facts)
    links: list[Content] = [*places.named(known, "step", "actor", "signoff", "digest")]
    seq, covers = known.get("seq"), known.get("covers", ())
    entries = (seq, *(covers if isinstance(covers, tuple) else ()))
    links += [places.deviation(one) for one in entries if isinstance(one, int)]
    if owed.need == "approve":
        links.append(scene.link(f"need-{known['id']}", scene.say("quick.owed-need")))
    elif owed.need in ("accept", "time", "witness"):
        links.append(
            scene.link("witnesses" if owed.need == "witness" else "rests-on", scene.say(f"quick.owed-{owed.need}"))
        )
    return join("→ ", scene.listed(links)) if links else None


def _expected(scene: Scene) -> list[Content]:
    """Say what the caller expected, and whether it is so (SPEC 9.6-12)."""
    say, report = scene.say, scene.report
    if not report.expect:
        return []
    missed = {dict(one.facts)["what"] for one in report.findings if one.code.name == "expect.mismatch"}
    rows = [
        element(
            "li",
            scene.badge(*(("bad", say("quick.not-met")) if name in missed else ("good", say("quick.met")))),
            " ",
            say.markup("quick.expect", name=scene.text(name), value=scene.text(value)),
        )
        for name, value in report.expect
    ]
    return [element("h3", say("quick.expected")), element("ul", rows, cls="found")]


def _numbers(scene: Scene) -> list[Content]:
    """Give the few numbers that tell how large the run is and how it stands, each with its place."""
    say, report, story = scene.say, scene.report, scene.story
    planned = [one for one in standings(scene) if one.told.step is not None]
    done = sum(one.done == "done" for one in planned)
    judged = _CLOSURE not in dict(report.not_run)
    unsettled = sum(one.closed is False or one.remediated is False for one in report.deviations)
    counting = sum(bool(one.counts_for) for one in report.signoffs)
    of = [
        ("steps", say("quick.of", part=done, all=len(planned)), "steps"),
        ("record", str(report.bundle.entries), "entries"),
        ("evidence", str(report.bundle.evidence_count), "evidence"),
        (
            "deviations",
            say("quick.of", part=unsettled, all=len(story.deviations)) if judged else str(len(story.deviations)),
            "deviations" if judged else "deviations-unjudged",
        ),
        (
            "signoffs",
            say("quick.of", part=counting, all=len(story.signoffs)) if judged else str(len(story.signoffs)),
            "signoffs" if judged else "signoffs-unjudged",
        ),
    ]
    rows = [
        element("li", element("a", element("span", number, cls="count"), " ", say(f"quick.{key}"), href=f"#{place}"))
        for place, number, key in of
    ]
    bounded = element("p", say("quick.passes-bounded", kept=story.kept), cls="muted small") if story.left_out else None
    return [element("h3", say("quick.numbers")), element("ul", rows, cls="numbers"), bounded]


def _about(scene: Scene) -> Markup:
    """Name subject, contract, issuer, run and the times that the run claims."""
    say, report, story = scene.say, scene.report, scene.story
    subject = report.bundle.subject or tuple(story.started[1].subject.items() if story.started else ())
    pairs: list[tuple[Content, Content]] = [(scene.text(name), scene.name(value)) for name, value in subject]
    if not pairs:
        pairs.append((say("quick.subject"), say("quick.subject-none")))
    pairs.append((say("quick.contract"), contract_name(scene)))
    if report.contract is not None:
        issuer, house = report.contract.issuer, report.contract.organisation
        by = (
            say.markup("quick.organisation", person=scene.text(issuer), organisation=scene.name(house))
            if house
            else None
        )
        pairs.append((say("quick.issuer"), by or scene.text(issuer)))
    if story.started is not None:
        pairs.append((say("quick.from"), _claimed(scene, scene.time(story.started[0].time))))
    if story.seal is not None:
        pairs.append((say("quick.until"), _claimed(scene, scene.time(story.seal[2].time))))
    elif story.ended is not None:
        pairs.append((say("quick.until-ended"), _claimed(scene, scene.time(story.ended[0].time))))
    if report.at is not None:
        pairs.append((say("quick.verified"), scene.time(Time(report.at))))
    run = report.bundle.run
    pairs.append((say("quick.run"), scene.digest(run) if run else None))
    return facts(pairs)


def _claimed(scene: Scene, time: Markup) -> Markup:
    return join(time, " ", element("span", scene.say("quick.claimed"), cls="muted"))


def contract_name(scene: Scene) -> Markup:
    """Name the contract, with a link to what is known of it; what only the file says is said to be unverified."""
    said = scene.report.contract or scene.story.contract
    if said is None:
        return element("span", scene.say("quick.contract-none"))
    named = scene.say.markup(
        "quick.contract-is",
        id=scene.link("contract", scene.text(said.id)),
        version=said.version,
        title=scene.name(said.title),
    )
    return named if scene.report.contract else scene.say.markup("quick.contract-unverified", contract=named)


def _not_proven(scene: Scene) -> Markup:
    """Say what no verdict proves (SPEC 12)."""
    rows = [element("li", scene.say(f"not-proven.{word}")) for word in NOT_PROVEN]
    head = element("h3", scene.say("quick.not-proven"))
    return element(
        "div",
        head,
        element("p", scene.say("quick.not-proven-lead")),
        element("ul", rows),
        cls="callout stack",
        id="not-proven",
    )


def command(scene: Scene) -> str:
    """Give the command that makes the same report, with names that stand for the files."""
    report = scene.report
    words = ["opsproof-verify", "check", "BUNDLE", "--trust", "TRUST"]
    if report.policy is not None and report.policy.chosen_by == "caller":
        words += ["--policy", "POLICY"]
    if report.at is not None:
        words += ["--at", rfc3339(report.at)]
    for name, value in report.expect:
        words += ["--expect", f"{name}={value}"]
    return " ".join(map(shell_word, words))


def _repeat(scene: Scene) -> list[Content]:
    """Give the command that repeats the check, and the digest of the report that it gives."""
    say, line = scene.say, command(scene)
    given = scene.report.policy is not None and scene.report.policy.chosen_by == "caller"
    files = say.markup("quick.repeat-policy", policy=policy_name(scene)) if given else say("quick.repeat-files")
    copy = element("button", say("shared.copy"), type_="button", cls="copy", data_copy=line, hidden=True)
    return [
        element("h3", say("quick.repeat")),
        element("p", say.markup("quick.repeat-lead", digest=scene.digest(scene.report_digest)), " ", files),
        element("pre", element("code", line, translate="no"), cls="command"),
        copy,
    ]
