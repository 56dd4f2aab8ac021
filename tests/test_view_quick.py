"""The Quick Read: verdict, reason, what is owed and where, what stands out."""

from __future__ import annotations

import pytest
from support.bundles import base
from support.markup import text
from support.page_scenes import of, of_subject, of_vector

from opsproof_verify.findings import finding
from opsproof_verify.register import Severity
from opsproof_verify.report import Outcome, Owed
from opsproof_verify.slotted import replace
from opsproof_verify.view import relations
from opsproof_verify.view.parts import quick_out
from opsproof_verify.view.parts.places import Places
from opsproof_verify.view.parts.quick import command, contract_name, quick
from opsproof_verify.view.scene import Scene


def said(scene: Scene) -> str:
    return text(quick(scene))


def test_final() -> None:
    scene = of_vector("rich")
    markup = quick(scene)
    assert '<div class="verdict is-good">' in markup
    assert '<span class="shape" aria-hidden="true">✓</span> FINAL' in markup
    plain = text(markup)
    assert "under tv-base 1, chosen by the contract's issuer" in plain
    assert "Everything recorded holds, and everything that the policy demands is there." in plain
    assert "Nothing is owed." in plain
    assert "5 of 6 steps ended" in plain
    assert "1 of 1 sign-offs that count" in plain
    assert "that each key was used by its person alone." in plain
    assert f"the SHA-256 {scene.report_digest[:12]}…. BUNDLE and TRUST stand for the files." in plain
    assert "opsproof-verify check BUNDLE --trust TRUST --at 2026-12-02T08:00:00.000Z" in plain


def test_provisional_says_what_is_owed_and_links_to_it() -> None:
    markup = quick(of_vector("deviation-not-remediated"))
    assert '<div class="verdict is-open">' in markup
    assert "Everything recorded holds; 2 things are still owed before it is FINAL." in text(markup)
    assert "1 of 1 deviations open" in text(markup)
    rows = markup.partition('<ol class="owed">')[2].partition("</ol>")[0].split("</li>")
    assert '<a href="#deviation-e4">deviation e4</a>' in rows[0]
    assert text(rows[1]).startswith('Approval "closure": 1 further person in the role quality; one of them covers e4.')
    assert '<a href="#need-closure">what the policy asks for</a>' in rows[1]


def test_one_thing_owed() -> None:
    assert "Everything recorded holds; 1 thing is still owed before it is FINAL." in said(of_vector("approval-missing"))


@pytest.mark.parametrize(
    "owed, link",
    [
        (Owed("supply", (("missing", 1), ("slot", "photo"), ("step", "weigh"))), "#step-weigh"),
        (Owed("attest", (("actor", "operator-a"),)), "#actor-operator-a"),
        (Owed("disclose", (("digest", "ab" * 32),)), "evidence abababababab…"),
        (Owed("disclose", (("seq", 3),)), "#e3"),
        (Owed("withdraw", (("person", "p"), ("signoff", "cd" * 32))), "sign-off cdcdcdcdcdcd…"),
        (Owed("witness", ()), "#witnesses"),
        (Owed("time", ()), "#rests-on"),
        (Owed("accept", (("kid", "ab" * 32),)), "#rests-on"),
    ],
)
def test_where_what_is_owed_stands(owed: Owed, link: str) -> None:
    scene = of_vector("rich")
    provisional = of_vector("approval-missing").report
    markup = quick(of(replace(provisional, owed=(owed,)), scene.story))
    row = markup.partition('<ol class="owed">')[2].partition("</ol>")[0]
    assert link in (row if link[0] == "#" else text(row))
    assert scene.say.owed(owed) in text(row)


def test_something_owed_that_names_no_place() -> None:
    report = replace(of_vector("approval-missing").report, owed=(Owed("disclose", ()),))
    assert '<li>The full copy is obtained, with. <span class="where"></span></li>' in quick(of(report))


def test_more_is_owed_than_is_listed() -> None:
    report = of_vector("approval-missing").report
    many = replace(report, owed=tuple(Owed("disclose", (("seq", seq),)) for seq in range(102)))
    assert "And 2 more things; the JSON report lists them all." in said(of(many))


def test_a_verdict_that_cannot_become_final() -> None:
    plain = said(of_vector("policy-never-final"))
    assert "Everything recorded holds, but under this policy it cannot become FINAL." in plain
    assert "Nothing that could be added makes it FINAL under this policy." in plain


def test_hidden_things_are_said_in_the_reason() -> None:
    scene = of_vector("entry-withheld")
    plain = said(scene)
    assert "What can be seen holds;" in plain
    assert "Not everything could be looked at: something is withheld, absent or not evaluated." in plain
    assert "1 entry is withheld from this copy" in plain
    assert "rules not evaluated:" in plain
    assert "Not everything" not in said(of_vector("rich"))


def test_a_deviation_that_is_settled_is_not_open() -> None:
    assert "0 of 1 deviations open" in said(of_vector("deviation-remediated-later"))


def test_fail_names_the_first_finding_and_counts_the_others() -> None:
    markup = quick(of_vector("signature-flipped-witness"))
    assert '<div class="verdict is-bad">' in markup
    assert '(<a href="#finding-1">finding 1</a>)' in markup
    assert "too." not in text(markup.partition('<p class="lead">')[2].partition("</p>")[0])
    assert "What is owed is listed for PROVISIONAL alone. What fails must be settled first." in text(markup)


def test_how_many_fail_is_counted_beyond_what_is_listed() -> None:
    report = of_vector("rich").report
    found = tuple(finding("signature.invalid", {"frame": frame}) for frame in (5, 6))
    scene = of(replace(report, findings=found, counts=(("signature.invalid", Severity.FAIL, 700),)))
    assert scene.counted(Severity.FAIL) == 700
    assert "699 other findings fail too." in said(scene)
    assert "frame 5: " in said(scene)
    assert ">700 findings</a>" in quick(scene)


def test_a_failing_finding_without_a_place() -> None:
    scene = of(replace(of_vector("rich").report, findings=(finding("seal.missing", {}),)))
    lead = quick(scene).partition('<p class="lead">')[2]
    assert text(lead).startswith(scene.say.brief(scene.report.findings[0]))


def test_nothing_can_be_read() -> None:
    scene = of_vector("label-absent")
    plain = said(scene)
    assert "The file could not be read further:" in plain
    assert "none that can be used" in plain
    assert "Subjectnot stated" in plain
    assert "No policy could be used, so no rule was judged." in plain
    assert "0 deviations, not judged" in plain
    assert "0 sign-offs, not judged" in plain
    assert "not judged 3 phases of verification did not run: signatures, rules, sign-offs and closure" in plain


def test_a_contract_that_is_not_trusted_is_said_to_be_unverified() -> None:
    scene = of_vector("issuer-unknown")
    assert scene.report.contract is None
    assert text(contract_name(scene)).endswith("This is not verified.")
    assert text(contract_name(scene)).startswith("The file says acme.")


def test_expectations() -> None:
    scene = of_vector("expectations")
    report = scene.report
    assert report.expect
    assert said(scene).count("✓ as expected") == len(report.expect)
    missed = of_vector("expect-subject")
    assert said(missed).count("✕ not as expected") == 1
    assert f"--expect {missed.report.expect[0][0]}=" in command(missed)


def test_a_given_policy_is_named_in_the_command() -> None:
    scene = of_vector("policy-given-stricter")
    assert "--policy POLICY" in command(scene)
    assert "BUNDLE, TRUST and POLICY stand for the files; the policy is" in said(scene)


def test_without_a_time_and_unsealed() -> None:
    scene = of_vector("rich", at=False)
    assert "--at" not in command(scene)
    assert "Verified at" not in said(scene)
    scene.story.seal = None
    assert "Ended2026-" in said(scene)
    scene.story.ended = None
    assert "Ended" not in said(scene)


def test_subject_and_organisation() -> None:
    scene = of_vector("rich")
    assert "batchB-1042" in said(scene)
    assert "Issued byowner, Acme" in said(scene)
    contract = replace(scene.report.contract, organisation=None)
    alone = of(replace(scene.report, contract=contract), scene.story)
    assert "Issued byowner" in said(alone)
    assert "Acme" not in said(alone)


def test_what_stands_out_of_a_run() -> None:
    place = {"step": "seal-bag", "pass_": 1}
    extra = [
        base.entry("gap", "gap"),
        base.entry("clock", "clock-changed", clock="another"),
        base.entry("skip", "step-skipped", **place),
        base.entry("check", "checked", "operator-b", **place, passed=False),
        base.entry("value", "value-recorded", **place, name="mass", value="1", late="The terminal was down."),
        *base.photo("photo", late="Found later."),
    ]
    scene = of_subject(base.minimal(*extra))
    plain = said(scene)
    for wanted in (
        "interrupted 1 gap: the recorder stopped: e2",
        "changed 1 change of the clock: e3",
        "not done 1 pass skipped: e4",
        "1 check was not passed: e5",
        "late 2 entries were recorded late: e6, e7",
    ):
        assert wanted in plain


def test_look_alike_names_stand_out() -> None:
    scene = of_vector("rich")
    actor, member = next(iter(scene.story.actors.items()))
    scene.story.actors[actor] = replace(member, name="\u041e\u0440\u0435rator")
    assert "noted 1 name may not be what it looks like: " in said(scene)


def test_nothing_stands_out() -> None:
    report = replace(of_vector("minimal").report, rules=(), findings=())
    assert "What stands outNothing." in said(of(report))


def test_absent_unreadable_off_and_noted() -> None:
    scene = of_vector("evidence-absent")
    assert "1 evidence item is absent from this copy: evidence" in said(scene)
    scene.story.unreadable += [(7, "It ends too early."), (70, "No record.")]
    assert "2 records that cannot be read: frame 7, frame 70" in said(scene)
    rules = tuple(replace(one, outcome=Outcome.OFF) for one in scene.report.rules[:12])
    note = finding("trust.stale", {}, level=Severity.NOTE)
    counts = (("trust.stale", Severity.NOTE, 300), ("entry.withheld", Severity.PROVISIONAL, 200))
    noted = of(replace(scene.report, rules=rules, findings=(note,), counts=counts))
    assert "12 rules are switched off by the policy: contract.unapproved" in said(noted)
    assert "and 2 more" in said(noted)
    assert "300 findings are noted without weight: trust.stale" in said(noted)


def test_very_many_codes_and_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_out, "_MAX_CODES", 1)
    report = of_vector("rich").report
    found = (finding("signature.invalid", {"frame": 5}), finding("seal.missing", {}))
    assert "1 more code, each with its findings" in said(of(replace(report, findings=found)))
    scene = of_vector("rich")
    places = Places(scene)
    assert text(places.entries(range(12))).endswith("e9, and 2 more, in the record below")
    assert places.entry(scene.story.entries) == f"<span>e{scene.story.entries}</span>"


def test_a_run_larger_than_the_page_follows() -> None:
    scene = of_vector("rich")
    scene.story.left_out = 5
    scene.story.kept = 20_000
    assert "The page follows the first 20000 things of the" in said(scene)


def test_places_of_what_a_finding_is_about() -> None:
    scene = of_vector("rich")
    places = Places(scene)
    signed = scene.story.signoffs[0]
    about = finding(
        "step.unknown",
        {
            "seq": 2,
            "frame": 6,
            "step": "weigh",
            "pass": 1,
            "value": "mass",
            "slot": "photo",
            "person": "qa-lead",
            "path": "steps[0]",
            "digest": scene.story.evidence[0].item.digest.hex(),
            "actor": "operator-a",
            "signoff": signed.hash,
            "rule": "step.unknown",
        },
        {"entries": (4, 5), "count": 3, "deviation": 6},
        Severity.FAIL,
    )
    markup = places.about(about)
    assert markup is not None
    for link in (
        "e2",
        "step-weigh",
        "actor-operator-a",
        f"signoff-{signed.hash[:12]}",
        "rule-step.unknown",
        "e4",
        "e6",
    ):
        assert f'href="#{link}"' in markup
    assert f'href="#evidence-{scene.story.evidence[0].id}"' in markup
    assert text(markup).startswith("e2, ")
    assert ", value mass, slot photo, person qa-lead, at steps[0], " in text(markup)
    assert "frame" not in text(markup)
    assert places.about(finding("step.unknown", {"step": "nowhere"}, level=Severity.FAIL)) == places.step("nowhere")
    assert "href" not in places.step("nowhere")
    assert places.about(finding("seal.missing", {})) is None
    assert "href" not in places.actor("nobody")
    assert places.frame(1) == '<a href="#f1">the contract (frame 1)</a>'
    assert text(places.frame(2)) == "an approval of the contract (frame 2)"
    assert text(places.frame(signed.frame)) == f"a sign-off (frame {signed.frame})"
    assert places.frame(9999) == "<span>frame 9999</span>"
    assert scene.story.seal is not None
    assert text(places.frame(scene.story.seal[0])) == f"the seal (frame {scene.story.seal[0]})"


def test_more_signoffs_than_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations, "MOST_SIGNOFFS", 0)
    scene = of_vector("rich")
    assert "href" not in Places(scene).signoff(scene.story.signoffs[0].hash)
