"""How much memory a send takes, and whether that grows with the roll.

Usage: python benchmarks/memory.py [--readers 10000 100000 200000] [--kilobytes 20]

Sends an edition to each number of readers, each in a fresh process and with the production code,
to a sink on loopback. Prints the peak resident memory of the largest sending process, that of all of them
together, and the ratio of the last to the first.
"""

from __future__ import annotations

import argparse

from send import Setting, alone, processors, sink


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, nargs="+", default=[10_000, 100_000, 200_000])
    parser.add_argument("--kilobytes", type=int, default=20)
    options = parser.parse_args()
    setting = Setting(options.kilobytes, merged=False)
    peaks = []
    with sink() as url:
        for readers in options.readers:
            figures = alone(readers, setting, url, processors())
            peaks.append(figures["peak"])
            print(f"{readers:>9,} readers: peak {peaks[-1]:.0f} MB, all together {figures['all']:.0f} MB")
    print(f"ratio of the last to the first: {peaks[-1] / peaks[0]:.2f}")


if __name__ == "__main__":
    main()
