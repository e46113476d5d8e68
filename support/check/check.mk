# SPDX-License-Identifier: BSD-3-Clause
# make check, make check-selftest; included by the front door.

.PHONY: check check-selftest
check:
	@$(PYTHON) $(ASHLAR)/support/check/check.py --out $(O) $(RULES)

check-selftest:
	@$(PYTHON) $(ASHLAR)/support/check/selftest.py
