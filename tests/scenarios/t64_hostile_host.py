# SPDX-License-Identifier: BSD-3-Clause
"""The quick part of the abuses by the host; make test-hostile has all."""
import os
import sys

from build import ROOT

sys.path.append(os.path.join(ROOT, "tests", "hostile"))

import host_machine  # noqa: E402,F401
import host_power  # noqa: E402,F401
from battery import quick_tests  # noqa: E402

quick_tests("abuse", "hostile")
