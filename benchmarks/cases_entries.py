"""Cases (iii), (iv), (vii): entries, attestations, memory and time against size, and bundles made to cost."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from adversaries import SCATTERED, adversaries, scopes
from bench_case import Bench, Result, mib, named, number, speed
from cases_bytes import in_toto
from inputs import NARROW, SINGLE, line, scanned
from limits import bodies
from making import AGENT, Key
from measuring import (
    KIB,
    MIB,
    OURS,
    Taken,
    check,
    command,
    in_turn,
    limit,
    once,
    peer,
    verdict,
    worker_counts,
)

_LINE, _WORK = "an honest run, an automated line", "an honest run, a value a pass"
_TOGETHER = "honest deviations that each name 1,200 values recorded together"
_MODULES = "import sys; from opsproof_verify.cli import main; main(sys.argv[1:]); print(*sys.modules, sep=chr(10))"


def entries(bench: Bench) -> Result:
    """Runs of an automated line, everything checked."""
    result = Result("Entries under `baseline`, everything checked")
    links = bench.folder / "links"
    once(peer("links", links, bench.sizes.links))
    for count in bench.sizes.entries:
        taken, written = line_turns(bench, count, links)
        entry_rows(bench, result, f"{written:,} entries, 48 a pass", taken, written)
    if (ours := taken.get(named(2))) is None:
        result.notes.append("The verifier has no option for several processes.")
    bare, theirs = taken["the hash-call limit, 1 process"], taken["in-toto-verify"]
    scale = written / bench.sizes.links
    result.least("speed, one process, to the one-core hash-call limit", 0.125, speed(taken[named(1)], bare))
    result.least("speed, two processes, to the one-core hash-call limit", 0.2, speed(ours, bare))
    result.least("the aim: speed, two processes, to the one-core hash-call limit", 0.5, speed(ours, bare))
    result.least("entries to links of in-toto-verify, each as it is run by default", 50, speed(ours, theirs, scale))
    result.least("entries to links of in-toto-verify, one process", 50, speed(taken[named(1)], theirs, scale))
    taken, written = line_turns(bench, bench.sizes.entries[0], links, NARROW)
    entry_rows(bench, result, f"{written:,} entries, 10 a pass", taken, written)
    result.notes.append(
        "The limit: for each entry one SHA-256 of its body and one of two hashes, called from Python, nothing else. "
        f"in-toto-verify: {bench.sizes.links:,} signed links, scaled. pymerkle: the same bodies as leaves in memory, "
        "and the root."
    )
    return result


def line_turns(
    bench: Bench, count: int, links: Path, shape: dict[str, int] | None = None
) -> tuple[dict[str, Taken], int]:
    """Time a run of about so many entries beside its peers; give how many it has, too."""
    bundle = bench.folder / "line.opb"
    written = line(bundle, count, shape).count
    once(limit("split", bundle))
    commands = {
        **{named(n): check(bundle, bench.trust, workers=n, statuses=(0,)) for n in worker_counts()},
        "the hash-call limit, 1 process": limit("calls", bundle),
        "pymerkle": peer("tree", bundle),
        "in-toto-verify": in_toto(links),
    }
    return in_turn(commands, bench.rounds), written


def entry_rows(bench: Bench, result: Result, head: str, taken: dict[str, Taken], count: int) -> None:
    """Add the table of one run."""
    bare = taken["the hash-call limit, 1 process"]
    rows = []
    for name, one in taken.items():
        done = bench.sizes.links if name == "in-toto-verify" else count
        entry = [f"{one.median:.3f}", number(done / one.median), number(one.median / done * 1e6)]
        rows.append([name, *entry, number(speed(one, bare, done / count)), mib(one.peak)])
    result.table(f"{head} | s | entries/s | us an entry | of the limit | peak MiB", rows)


def attestations(bench: Bench) -> Result:
    """Each entry signed alone."""
    count, folder = bench.sizes.attestations, bench.folder
    signed, plain = folder / "signed.opb", folder / "plain.opb"
    made = line(signed, 2 * count, every=1).signatures
    line(plain, count)
    listed = folder / "signatures"
    parts = [one + len(message).to_bytes(2, "big") + message for message, one in made]
    listed.write_bytes(Key(AGENT).public + b"".join(parts))
    commands = {
        **{named(n): check(signed, bench.trust, workers=n, statuses=(0,)) for n in worker_counts()},
        **{f"{named(n)}, plain": check(plain, bench.trust, workers=n, statuses=(0,)) for n in worker_counts()},
        "the Ed25519 limit, 1 process": limit("signatures", 1, listed),
        "the Ed25519 limit, 2 processes": limit("signatures", 2, listed),
    }
    taken = in_turn(commands, bench.rounds)
    result = Result(f"{len(made):,} attestations, one for each entry")
    rows = []
    for workers in (1, 2):
        bare = taken[f"the Ed25519 limit, {workers} process{'es' * (workers > 1)}"]
        rows.append(signature_row(f"the Ed25519 limit, {workers} process{'es' * (workers > 1)}", bare, bare, len(made)))
        if ours := taken.get(named(workers)):
            rows.append(signature_row(f"{named(workers)}: an entry and its attestation", ours, bare, len(made)))
            alone = less(ours, taken[f"{named(workers)}, plain"])
            rows.append(signature_row(f"{named(workers)}: attestations alone", alone, bare, len(made)))
    result.table("| s | signatures/s | of the limit on as many cores | peak MiB", rows)
    result.notes.append(
        "An attestation covers at least one entry (SPEC 6.6), so a run of attestations alone does not exist: the row "
        "is the difference to a run of as many entries, round by round."
    )
    two, alone = taken["the Ed25519 limit, 2 processes"], None
    if both := taken.get(named(2)):
        alone = less(both, taken[f"{named(2)}, plain"])
    result.least("attestations a second, two processes, to the two-core limit", 0.9, speed(alone, two))
    result.least("the aim: each with its one entry, two processes", 0.9, speed(both, two))
    return result


def signature_row(name: str, one: Taken, bare: Taken, count: int) -> list[str]:
    """Write a row about signatures."""
    return [name, f"{one.median:.3f}", number(count / one.median), number(speed(one, bare)), mib(one.peak)]


def less(one: Taken, other: Taken) -> Taken:
    """Give the difference, round by round."""
    pairs = zip(one.seconds, other.seconds, strict=True)
    return Taken([max(a - b, 1e-6) for a, b in pairs], one.cpu, one.peak)


def growth(bench: Bench) -> Result:
    """Time and peak memory against size."""
    result = Result("Growth: time and memory against size")
    bare = imports(bench)
    worst = 0.0
    for kind, sizes in (("evidence", bench.sizes.growth_bytes), ("entries", bench.sizes.growth_entries)):
        rows, points = [], []
        for size in sizes:
            bundle = bench.folder / "growing.opb"
            if kind == "evidence":
                scanned(bundle, [((), size)], zeros=True)
            else:
                line(bundle, size)
            point = {"size": size, "bytes": bundle.stat().st_size} | grown(bench, bundle, bare)
            points.append(point)
            worst = max(worst, *(point[f"peak{n}"] for n in worker_counts()))
            per = [number(point[f"seconds{n}"] / size * 1e6) for n in worker_counts() if kind == "entries"]
            seconds = [f"{point[f'seconds{n}']:.3f}" for n in worker_counts()]
            rows.append([f"{size:,}", *seconds, *per, *(mib(point[f"peak{n}"]) for n in worker_counts())])
            bundle.unlink()
        heads = [f"{what}, {n} proc." for what in ("s", "us an entry", "MiB") for n in worker_counts()]
        heads = [head for head in heads if kind == "entries" or "entry" not in head]
        result.table(" | ".join(["bytes of one body" if kind == "evidence" else "entries", *heads]), rows)
        result.data[kind] = points
    result.notes.append(
        f"Memory is the peak of the largest process, workers too, above the {mib(bare)} MiB of the interpreter with "
        "the imports. Evidence is a hole in a sparse file, so that no disk is measured; what is hashed is the same."
    )
    result.most("peak memory above the interpreter with its imports, in each process", 64, worst / KIB, " MiB")
    result.most("an entry of the largest run to one of the next smaller, start-up aside", 1.25, linear(result))
    return result


def imports(bench: Bench) -> float:
    """Give the peak of the interpreter with all that a check imports, and nothing checked."""
    bundle, said = bench.folder / "nothing.opb", bench.folder / "modules"
    scanned(bundle, [])
    _, *options = check(bundle, bench.trust).words
    once(command(OURS / "python", "-c", _MODULES, *options), output=said)
    names = {name for name in said.read_text(encoding="utf-8").split() if name.isidentifier() or "." in name}
    known = [name for name in sorted(names) if name.startswith(("opsproof_verify", "cbor2", "cryptography", "_cffi"))]
    known += [name for name in sorted(names & sys.stdlib_module_names) if name not in ("antigravity", "this")]
    words = command(OURS / "python", "-c", f"import {', '.join(known)}")
    return statistics.median(once(words)["peak"] for _ in range(bench.rounds))


def grown(bench: Bench, bundle: Path, bare: float) -> dict[str, float]:
    """Measure one bundle: the median of the seconds, the least processor time, the highest peak of any process."""
    point: dict[str, float] = {}
    for workers in worker_counts():
        what = check(bundle, bench.trust, workers=workers, statuses=(0,))
        runs = [once(what, watch=True) for _ in range(min(3, bench.rounds) + 1)][1:]
        point[f"seconds{workers}"] = statistics.median(run["seconds"] for run in runs)
        point[f"least{workers}"] = min(run["cpu"] for run in runs)
        point[f"peak{workers}"] = max(max(run["peak"], *run["workers"], 0) for run in runs) - bare
    return point


def linear(result: Result) -> float | None:
    """Give what an entry costs between the two largest runs to what it costs between the two before.

    Of processor time, the least of each: the sizes are measured minutes apart, and the machine's speed moves.
    """
    points = result.data["entries"]
    if len(points) < 3:
        return None
    slopes = [
        (after["least1"] - before["least1"]) / (after["size"] - before["size"])
        for before, after in zip(points[-3:], points[-2:], strict=False)
    ]
    return slopes[1] / slopes[0]


def hostile(bench: Bench) -> Result:
    """Bundles made to cost, beside honest ones: an automated line, and passes of one value, as people work."""
    size, count = bench.sizes.hostile_bytes, bench.sizes.hostile_items
    smallest = bench.folder / "smallest.opb"
    scanned(smallest, [])
    bundles = {what: bench.folder / f"honest-{number}.opb" for number, what in enumerate((_LINE, _WORK, _TOGETHER))}
    line(bundles[_LINE], count // 10)
    line(bundles[_WORK], count // 10, SINGLE)
    scopes(bundles[_TOGETHER], count // 4_000, honest=True)
    for name, (what, write) in adversaries(size, count).items():
        bundles[what] = bench.folder / f"{name}.opb"
        write(bundles[what])
    verdicts = {what: verdict(check(bundle, bench.trust)) for what, bundle in bundles.items()}
    commands = {what: check(bundle, bench.trust) for what, bundle in bundles.items()}
    taken = in_turn(commands | {"smallest": check(smallest, bench.trust)}, min(3, bench.rounds))
    bare, rows = imports(bench), []
    per: dict[str, float] = {}
    for what, bundle in bundles.items():
        net = less(taken[what], taken["smallest"])
        weight = bundle.stat().st_size
        per[what] = net.median / weight * 1e9
        row = [what, verdicts[what], number(weight / MIB), f"{taken[what].median:.3f}", number(per[what])]
        frame = net.median / frames(bundle) * 1e6
        ratios = (per[what] / per[honest] if honest in per else 1.0 for honest in (_LINE, _WORK))
        rows.append([*row, *map(number, ratios), number(frame), mib(taken[what].peak - bare)])
    result = Result("Bundles made to cost")
    head = "| verdict | MiB | s | ns a byte, start-up aside | to the line | to single values | us a frame"
    result.table(f"{head} | peak MiB above imports", rows)
    for what, got in per.items():
        if what == SCATTERED:
            result.most(f"cost a byte to {_TOGETHER}: {what}", 4, got / per[_TOGETHER])
        elif what not in (_LINE, _WORK, _TOGETHER):
            result.most(f"cost a byte to an honest run of single values: {what}", 4, got / per[_WORK])
    peak = max(taken[what].peak for what in bundles) - bare
    result.most("peak memory above the interpreter with its imports, of all of these", 64, peak / KIB, " MiB")
    return result


def frames(bundle: Path) -> int:
    """Count the frames of a bundle; `limits.py` says how one is cut."""
    return sum(1 for _ in bodies(memoryview(bundle.read_bytes())))
