# SPDX-License-Identifier: BSD-3-Clause
# make check, make check-selftest; included by the front door.

.PHONY: check check-selftest
check:
	@$(PYTHON) support/check/check.py --out $(O) $(RULES)

check-selftest:
	@$(PYTHON) support/check/selftest.py
