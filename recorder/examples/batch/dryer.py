"""A dryer in miniature, so that the example has a process to run: it loses moisture and writes a trend.

dryer.py --minutes 30 --from 9.0 --trend trend.csv        prints the moisture at the end, in per cent
"""

from __future__ import annotations

import argparse
from pathlib import Path

HALF_LIFE = 21.4  # minutes in which the moisture halves


def main() -> None:
    """Dry, write the trend, print the moisture at the end."""
    parser = argparse.ArgumentParser(description="A dryer in miniature.")
    parser.add_argument("--minutes", type=int, required=True)
    parser.add_argument("--from", dest="moisture", type=float, required=True)
    parser.add_argument("--trend", type=Path, required=True)
    said = parser.parse_args()
    rows = [(minute, said.moisture * 0.5 ** (minute / HALF_LIFE)) for minute in range(said.minutes + 1)]
    said.trend.write_text("minute,moisture\n" + "".join(f"{minute},{moisture:.2f}\n" for minute, moisture in rows))
    print(f"{rows[-1][1]:.2f}")


if __name__ == "__main__":
    main()
