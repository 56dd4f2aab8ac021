"""What recording costs, and that it costs the same at the end of a long run as at its beginning.

    python benchmarks/record.py [--entries 100000] [--evidence-mib 2048] [--rounds 5] [--folder DIR]

One run of a procedure grows to that size in a temporary folder, which needs room for three times the evidence and is
deleted afterwards. Printed are medians and ratios; nothing is asserted, since times differ from machine to machine.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from opsproof_record import Run
from recording import (
    MIB,
    PASS,
    PASSES,
    Costs,
    batch,
    command,
    flush_time,
    in_turn,
    opsproof,
    random_file,
    ratio,
    reopen,
    start,
    timed,
)

BATCH = PASS * PASSES
EACH = 300  # entries that are flushed one by one


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What recording costs.")
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--evidence-mib", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=5, help="counted runs of each command")
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    said = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="opsproof-bench-", dir=said.folder))
    try:
        say(f"Python {sys.version.split()[0]}")
        growth(place / "large", said.entries, said.evidence_mib)
        opening(place, said.entries, said.rounds)
        seal(place / "large")
        shutil.rmtree(place / "large")
        throughput(place, said.evidence_mib, said.rounds)
    finally:
        shutil.rmtree(place)


def growth(place: Path, entries: int, evidence_mib: int) -> None:
    """Let a run grow, and print what a thousand entries cost on the way."""
    batches = entries // BATCH
    item = random_file(place.parent / "item.bin", evidence_mib * MIB // (batches * PASSES))
    run = start(place)
    each(run, "at the beginning")
    size = item.stat().st_size
    say(f"\nIn batches of {BATCH} entries, each with {PASSES} items of {size} bytes, flushed and signed once")
    say(f"{'entries':>9} {'us an entry':>12} {'of it CPU':>10} {'peak memory':>12} {'journal':>10}")
    thousands: list[Costs] = []
    for number in range(batches):
        if number % (1000 // BATCH) == 0:
            thousands.append(Costs())
        batch(run, item, thousands[-1])
        done = (number + 1) * BATCH
        if done == 1000 or done % (entries // 10) == 0:
            wall, cpu = thousands[-1].median()
            grown = run.path.stat().st_size / MIB
            say(f"{done:9} {wall:12.0f} {cpu:10.0f} {memory():8.1f} MiB {grown:6.0f} MiB")
    compare(thousands)
    each(run, "at the end")
    run.close()


def compare(thousands: list[Costs]) -> None:
    """Print the first, the middle and the last thousand beside each other."""
    first, middle, last = (thousands[at].median() for at in (0, len(thousands) // 2, -1))
    for name, at in (("wall", 0), ("CPU", 1)):
        say(
            f"{name:4}: first thousand {first[at]:.0f} us an entry, middle {middle[at]:.0f}, last {last[at]:.0f}; "
            f"last to first {last[at] / first[at]:.2f}"
        )


def each(run: Run, when: str) -> None:
    """Print what an entry costs that is flushed alone, and signed later."""
    with run.step("measure") as step:
        step.record("mass", "42.50")
        step.record("count", 7)
        taken = statistics.median(timed(lambda: step.note("flushed")) for _ in range(EACH))
    flush = flush_time(run.path.parent)
    say(
        f"Each entry flushed alone, {when}: {taken * 1e6:.0f} us an entry (median of {EACH}), "
        f"of which two flushes of {flush * 1e6:.0f} us"
    )


def opening(place: Path, entries: int, rounds: int) -> None:
    """Print what one command costs on a short and on a long journal."""
    with start(place / "small") as run:
        for _ in range(1000 // BATCH):
            batch(run, None, Costs())
    calls = {
        "1,000": opsproof(place / "small", "note", "hello"),
        f"{entries:,}": opsproof(place / "large", "note", "hello"),
        "none": command(sys.executable, "-m", "opsproof_record", "--version"),
    }
    taken = in_turn(rounds, calls)
    say("\nOne command, `opsproof note`, as a process of its own, on a journal of so many entries")
    for name, times in taken.items():
        say(
            f"{name:>9} {statistics.median(times) * 1000:8.1f} ms"
            + ("   (`--version` alone)" if name == "none" else "")
        )
    long, short = taken[f"{entries:,}"], taken["1,000"]
    say(f"long to short {ratio(long, short):.2f}")


def seal(place: Path) -> None:
    """Print what ending and sealing costs: the whole journal is read again, but for the bodies of evidence."""
    run = reopen(place)
    run.end()
    seconds = timed(lambda: run.seal(with_open_items=True))  # nobody has approved this contract
    say(f"\nSeal: {seconds:.1f} s, peak memory {memory():.1f} MiB, {run.path.stat().st_size / MIB:.0f} MiB read again")


def throughput(place: Path, evidence_mib: int, rounds: int) -> None:
    """Print how fast evidence is taken in, beside the commands that hash or copy the same file."""
    size = min(evidence_mib, 512)
    file = random_file(place / "evidence.bin", size * MIB)
    folder = place / "throughput"
    with start(folder):
        pass
    journal = (folder / "run.opb").read_bytes()

    def again() -> None:
        """Begin with an empty journal, so that each round writes the same."""
        (folder / "run.opb").write_bytes(journal)

    def attach() -> None:
        with reopen(folder) as run:
            run.attach(file)

    calls = {
        "in Python, Run.attach": attach,
        "opsproof attach": opsproof(folder, "attach", file),
        "sha256sum": command("sha256sum", file),
        "openssl dgst -sha256": command("openssl", "dgst", "-sha256", file),
        "cp": command("cp", file, place / "copy.bin"),
        "cp, flushed": command("dd", f"if={file}", f"of={place / 'copy.bin'}", "bs=256K", "conv=fsync", "status=none"),
    }
    before = memory()
    taken = in_turn(rounds, calls | {"": again})
    say(f"\nEvidence: one file of {size} MiB; hashed, copied into the journal and flushed")
    ours = taken["opsproof attach"]
    for name in calls:
        speed, times = size / statistics.median(taken[name]), ratio(ours, taken[name])
        beside = "" if taken[name] is ours else f"   opsproof attach takes {times:.2f} times as long"
        say(f"{name:>22} {speed:7.0f} MiB/s{beside}")
    say(f"peak memory of this process {memory():.1f} MiB, {before:.1f} MiB before")


def memory() -> float:
    """Give the most memory that this process had so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    main()
