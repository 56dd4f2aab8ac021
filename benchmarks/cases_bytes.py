"""Cases (i), (ii), (v), (vi): evidence large and small, start-up, and many bundles at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from bench_case import Bench, Result, mib, named, number, speed
from inputs import scanned, small_bodies
from measuring import (
    MIB,
    PEERS,
    ROOT,
    VERDICTS,
    Command,
    Taken,
    check,
    command,
    in_turn,
    limit,
    once,
    peer,
    worker_counts,
)

_SLICE = MIB


def evidence(bench: Bench) -> Result:
    """Several large bodies in one bundle, and one larger one alone."""
    sizes, folder = bench.sizes, bench.folder
    files = [random_file(folder / "files" / f"{number}.bin", sizes.body) for number in range(sizes.bodies)]
    bundle = folder / "bodies.opb"
    scanned(bundle, ((slices(file), sizes.body) for file in files))
    write_sums(folder / "SHA256SUMS", files)
    asset = folder / "asset.wav"
    once(peer("asset", asset, sizes.asset))
    commands = {
        **{named(count): check(bundle, bench.trust, workers=count, statuses=(0,)) for count in worker_counts()},
        "the hash limit, 1 process": limit("hash", 1, *files),
        "the hash limit, 2 processes": limit("hash", 2, *files),
        **digest_tools(folder, files),
        f"c2pa-python, one asset of {sizes.asset} MiB": peer("read", asset),
    }
    taken = in_turn(commands, bench.rounds)
    whole = sizes.body * sizes.bodies
    result = Result(f"Evidence: {whole // MIB:,} MiB in {sizes.bodies} bodies")
    sized = {name: sizes.asset * MIB if "c2pa" in name else whole for name in commands}
    result.table("| s | MB/s | of the limit on one core | peak MiB", byte_rows(taken, sized))
    ours, two = taken.get(named(2)), taken["the hash limit, 2 processes"]
    result.least("speed, two processes, to the two-core hash limit", 0.92, speed(ours, two))
    result.least("speed, two processes, to `bagit --processes 2`", 1.0, speed(ours, taken["bagit, 2 processes"]))
    large_body(bench, result)
    return result


def large_body(bench: Bench, result: Result) -> None:
    """One body: its hash cannot be divided."""
    size = bench.sizes.large
    file, bundle = random_file(bench.folder / "large.bin", size), bench.folder / "large.opb"
    scanned(bundle, [(slices(file), size)])
    commands = {
        **{named(count): check(bundle, bench.trust, workers=count, statuses=(0,)) for count in worker_counts()},
        "the hash limit, 1 process": limit("hash", 1, file),
    }
    taken = in_turn(commands, bench.rounds)
    result.table(
        f"one body of {size // MIB:,} MiB | s | MB/s | of the limit on one core | peak MiB",
        byte_rows(taken, dict.fromkeys(taken, size)),
    )
    got = speed(taken[named(1)], taken["the hash limit, 1 process"])
    result.least("speed on one large body to the one-core hash limit", 0.9, got)


def byte_rows(taken: dict[str, Taken], sizes: dict[str, int]) -> list[list[str]]:
    """Write the rows of a table about bytes; the limit is that of the same round."""
    bare = taken["the hash limit, 1 process"]
    size = sizes["the hash limit, 1 process"]
    return [
        [
            name,
            f"{one.median:.3f}",
            number(sizes[name] / one.median / 1e6),
            number(speed(one, bare, sizes[name] / size)),
            mib(one.peak),
        ]
        for name, one in taken.items()
    ]


def items(bench: Bench) -> Result:
    """Many small bodies."""
    count, size, folder = bench.sizes.items, bench.sizes.item, bench.folder
    files = []
    for at, (body, _) in enumerate(small_bodies(count, size)):
        file = folder / "files" / f"{at // 1000:03}" / f"{at:06}.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"".join(body))
        files.append(file)
    bundle, listed = folder / "items.opb", folder / "list"
    scanned(bundle, small_bodies(count, size))
    write_sums(folder / "SHA256SUMS", files)
    listed.write_text("".join(f"{file}\n" for file in files), encoding="utf-8")
    commands = {
        **{named(count): check(bundle, bench.trust, workers=count, statuses=(0,)) for count in worker_counts()},
        "the hash limit on files, 1 process": limit("hash", 1, f"@{listed}"),
        "the hash limit on files, 2 processes": limit("hash", 2, f"@{listed}"),
        **digest_tools(folder, files),
    }
    taken = in_turn(commands, bench.rounds)
    result = Result(f"{count:,} evidence items of {size:,} bytes")
    bag = taken["bagit, 2 processes"]
    rows = [
        [name, f"{one.median:.3f}", number(count / one.median), number(speed(one, bag)), mib(one.peak)]
        for name, one in taken.items()
    ]
    result.table("| s | items/s | speed to `bagit --processes 2` | peak MiB", rows)
    result.notes.append(
        "Each item is an evidence frame and an entry that is decoded, chained and judged; the others compare digests "
        "of files. c2pa-python reads one asset a call (see start-up); in-toto-verify hashes no evidence."
    )
    return result


def startup(bench: Bench) -> Result:
    """What a small bundle costs, beside what others take to start."""
    folder = bench.folder
    smallest, asset, bag, links = (folder / name for name in ("smallest.opb", "asset.wav", "bag", "links"))
    scanned(smallest, [])
    once(peer("asset", asset, 1))
    random_file(bag / "item.bin", 1024)
    once(peer("bag", bag))
    once(peer("links", links, 3))
    demo = ROOT / "build" / "demo"
    python = command(ROOT / ".venv" / "bin" / "python", "-c", "pass")
    commands = {
        "python -c pass": python,
        "opsproof-verify, the demo's bundle": check(demo / "run.opb", demo / "trust.toml", statuses=VERDICTS),
        "opsproof-verify, the smallest run": check(smallest, bench.trust, statuses=(0,)),
        "in-toto-verify --help": command(PEERS / "in-toto-verify", "--help"),
        "in-toto-verify, three links": in_toto(links),
        "c2pa-python, one asset of 1 MiB": peer("read", asset),
        "bagit, one file": bagit(bag, 1),
    }
    taken = in_turn(commands, bench.rounds * 3)
    result = Result("Start-up")
    rows = [
        [name, f"{one.median * 1e3:.0f}", f"{one.median_cpu * 1e3:.0f}", mib(one.peak)] for name, one in taken.items()
    ]
    result.table("| ms | of it CPU | peak MiB", rows)
    cpu = taken["opsproof-verify, the demo's bundle"].median_cpu * 1e3
    result.most("CPU of a check of the demo's bundle", 100, cpu, " ms")
    return result


def many(bench: Bench) -> Result:
    """Many small bundles in one call, and each in a process of its own."""
    count, singles = bench.sizes.bundles, bench.sizes.singles
    bundles = [bench.folder / f"{number:04}.opb" for number in range(count)]
    for bundle in bundles:
        scanned(bundle, small_bodies(5, 1024))
    one = check(bundles[0], bench.trust)
    options = " ".join(f"'{word}'" for word in one.words[3:])
    script = f'for bundle; do "{one.words[0]}" check "$bundle" {options} >/dev/null || exit; done'
    commands = {
        **{f"one call, {named(n)}": check(bundles, bench.trust, workers=n, statuses=(0,)) for n in worker_counts()},
        f"a process each ({singles} of them, times {count // singles})": command(
            "sh", "-c", script, "sh", *bundles[:singles], times=count // singles
        ),
    }
    taken = in_turn(commands, bench.rounds)
    each = list(taken.values())[-1]
    result = Result(f"{count:,} small bundles of 10 entries and 5 evidence items")
    rows = [
        [name, f"{took.median:.2f}", number(took.median / count * 1e3), number(speed(took, each)), mib(took.peak)]
        for name, took in taken.items()
    ]
    result.table("| s | ms a bundle | speed to a process each | peak MiB", rows)
    return result


# --- the peers and their files


def digest_tools(folder: Path, files: list[Path]) -> dict[str, Command]:
    """Give the tools that compare the digests of files; the bag's files are the same ones, linked."""
    bag = folder / "bag"
    for file in files:
        link = bag / file.relative_to(folder / "files")
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, link)
    once(peer("bag", bag))
    return {
        "sha256sum -c": command("sha256sum", "-c", "--quiet", "SHA256SUMS", cwd=folder),
        "bagit, 1 process": bagit(bag, 1),
        "bagit, 2 processes": bagit(bag, 2),
    }


def bagit(bag: Path, processes: int) -> Command:
    """Give the command that validates a bag."""
    return command(PEERS / "bagit.py", "--validate", "--quiet", "--processes", processes, bag)


def in_toto(links: Path) -> Command:
    """Give the command that verifies a layout and its links."""
    words = ("--layout", "root.layout", "--verification-keys", "owner.pub", "--link-dir", ".")
    return command(PEERS / "in-toto-verify", *words, cwd=links)


def random_file(path: Path, size: int) -> Path:
    """Write a file of random bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        while size:
            file.write(os.urandom(min(size, _SLICE)))
            size -= min(size, _SLICE)
    return path


def slices(path: Path) -> Iterator[bytes]:
    """Give a file in slices."""
    with path.open("rb") as file:
        while piece := file.read(_SLICE):
            yield piece


def write_sums(path: Path, files: list[Path]) -> None:
    """Write what `sha256sum -c` reads."""
    lines = []
    for file in files:
        with file.open("rb") as stream:
            lines.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {file}\n")
    path.write_text("".join(lines), encoding="utf-8")
