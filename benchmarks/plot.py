"""Draws how time and memory grow with size; the same results give the same file. Runs in `.venv-bench`.

plot.py RESULTS.json growth.svg
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

# Two colours of Okabe and Ito, told apart by everybody, and by their marks in print.
KINDS = {"evidence": ("#0072B2", "o"), "entries": ("#D55E00", "s")}
LABELS = {"evidence": "one evidence body", "entries": "entries"}
DASHES = {1: "-", 2: (0, (4, 2))}
LIMIT = 64
MEGA = 1e6


def main(source: str, target: str) -> None:
    """Draw one file."""
    growth = json.loads(Path(source).read_text(encoding="utf-8"))["cases"]["growth"]["data"]
    mpl.rcParams.update(
        {"svg.hashsalt": "opsproof", "svg.fonttype": "path", "font.size": 10, "font.family": "DejaVu Sans"}
    )
    figure = Figure(figsize=(10.5, 4.4), layout="constrained")
    time, memory = figure.subplots(1, 2)
    draw(time, growth, "seconds", 1.0)
    draw(memory, growth, "peak", 1024.0)
    time.set_yscale("log")
    time.yaxis.set_major_formatter(FuncFormatter(plain))
    time.yaxis.set_minor_formatter(NullFormatter())
    seconds = [point[name] for point in every(growth) for name in point if "seconds" in name]
    time.set_ylim(10 ** math.floor(math.log10(min(seconds))), 10 ** math.ceil(math.log10(max(seconds))))
    time.set_title("Time to verify, seconds", loc="left", fontsize=11)
    figure.legend(*time.get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=4, fontsize=9)
    memory.axhline(LIMIT, color="#555555", linewidth=1)
    memory.annotate(
        f"{LIMIT} MiB, the most allowed", (0.02, LIMIT), xycoords=("axes fraction", "data"), va="bottom", fontsize=9
    )
    top = max(LIMIT * 1.25, *(point[name] / 1024 * 1.1 for point in every(growth) for name in point if "peak" in name))
    memory.set_ylim(0, top)
    memory.set_title("Peak memory above the interpreter with its imports, MiB", loc="left", fontsize=11)
    suffix = Path(target).suffix[1:]
    figure.savefig(target, metadata={"Date": None} if suffix == "svg" else None, dpi=110)


def plain(value: float, _: object) -> str:
    """Write a tick as a plain number."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def every(growth: dict[str, Any]) -> list[dict[str, float]]:
    """Give all points."""
    return [point for points in growth.values() for point in points]


def draw(axes: Any, growth: dict[str, Any], what: str, unit: float) -> None:
    """Draw one figure against the size of the bundle."""
    for kind, points in growth.items():
        colour, mark = KINDS[kind]
        for workers, dash in DASHES.items():
            if f"{what}{workers}" not in points[0]:
                continue
            xs = [point["bytes"] / MEGA for point in points]
            ys = [point[f"{what}{workers}"] / unit for point in points]
            label = f"{LABELS[kind]}, {workers} process{'es' * (workers > 1)}"
            style = {"color": colour, "marker": mark, "linestyle": dash, "markersize": 5, "linewidth": 1.6}
            axes.plot(xs, ys, label=label, **style, markerfacecolor=colour if workers == 1 else "white")
            if kind == "entries" and workers == 1:
                mark_sizes(axes, points, xs, ys, colour)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(plain))
    axes.set_xlabel("size of the bundle, MB")
    axes.grid(visible=True, which="major", color="#e4e4e4", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def mark_sizes(axes: Any, points: list[dict[str, float]], xs: list[float], ys: list[float], colour: str) -> None:
    """Write the numbers of entries beside their points."""
    for point, x, y in zip(points, xs, ys, strict=True):
        where = {"textcoords": "offset points", "ha": "right", "color": colour, "fontsize": 8}
        axes.annotate(short(point["size"]), (x, y), (-2, 6), **where)


def short(size: float) -> str:
    """Write a number of entries shortly."""
    return f"{size / 1e6:g} M" if size >= 1e6 else f"{size / 1e3:g} k"


if __name__ == "__main__":
    main(*sys.argv[1:])
