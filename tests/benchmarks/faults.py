"""The tests of faults at full size: outages of many seconds, twenty stuck readers, a thousand who come back at once.

python -m tests.benchmarks.faults
"""

import os
import sys

import pytest

if __name__ == "__main__":
    os.environ["TESTS_FAULTS"] = "full"
    sys.exit(pytest.main(["tests/faults", "-n", "0", "-s", "--timeout", "1800", *sys.argv[1:]]))
