"""A dryer in miniature, so that the example has a process to run: it loses moisture and writes a trend.

dryer.py --minutes 30 --from 9.0 --trend trend.csv        prints the moisture at the end, in per cent
"""

from __future__ import annotations

import argparse
from pathlib import Path

STAYS = 0.96813  # how much of the moisture is left after a minute


def main() -> None:
    """Dry, write the trend, print the moisture at the end."""
    parser = argparse.ArgumentParser(description="A dryer in miniature.")
    parser.add_argument("--minutes", type=int, required=True)
    parser.add_argument("--from", dest="moisture", type=float, required=True)
    parser.add_argument("--trend", type=Path, required=True)
    said = parser.parse_args()
    rows, moisture = ["minute,moisture in %\n"], said.moisture
    for minute in range(said.minutes + 1):
        moisture *= STAYS if minute else 1
        rows.append(f"{minute},{moisture:.2f}\n")
    said.trend.write_text("".join(rows))
    print(f"{moisture:.2f}")


if __name__ == "__main__":
    main()
