"""Beside what people would use instead: `make bench` measures this package, and writes `RESULTS.md`.

    _server.py        a fast server on this machine, the same for all sides
    _worker.py        what is measured, each side as its users would write it
    _environments.py  where each side is installed
    _timing.py        two sides in turn, and the ratios that come of it
    start.py, calls.py, executions.py, files.py, installation.py, checking.py
                      the measurements, a group each
    _report.py, _picture.py
                      what comes of them, as a page and as a picture
    __main__.py       all of it: `python -m benchmarks [--quick] [group ...]`

The sides of a pair are measured in turn, in one run, on one machine; a figure is the median of the ratios of
neighbours, with its quartiles.
"""

import sys
from pathlib import Path

# `support`, which the tests share: servers with a limit in simulated time are written once.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
