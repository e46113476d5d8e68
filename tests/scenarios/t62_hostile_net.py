# SPDX-License-Identifier: BSD-3-Clause
"""The quick attacks of tests/hostile: the whole battery is `make test-hostile`."""
import os
import sys

from build import ROOT

sys.path.append(os.path.join(ROOT, "tests", "hostile"))

import battery  # noqa: E402
import net_config  # noqa: E402
import net_link  # noqa: E402
import net_packets  # noqa: E402
import net_tcp  # noqa: E402

assert net_config and net_link and net_packets and net_tcp
battery.quick_tests("attack", "hostile")
