# SPDX-License-Identifier: BSD-3-Clause
"""The quick part of the abuses by the host; make test-hostile has all."""
import importlib
import os
import sys

from build import ROOT

sys.path.append(os.path.join(ROOT, "tests", "hostile"))

for _name in ("host_power", "host_machine", "host_acpi"):
    importlib.import_module(_name)

importlib.import_module("battery").quick_tests("abuse", "hostile")
