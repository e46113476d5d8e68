# SPDX-License-Identifier: BSD-3-Clause
"""The quick part of the abuses by the host; make test-hostile has all."""
import importlib
import os
import sys

from build import ROOT

sys.path.append(os.path.join(ROOT, "tests", "hostile"))

from battery import quick_tests  # noqa: E402

for _name in ("host_machine", "host_power"):
    importlib.import_module(_name)
quick_tests("abuse", "hostile")
