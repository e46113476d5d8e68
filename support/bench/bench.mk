# SPDX-License-Identifier: BSD-3-Clause
# Benchmarks. Included by the front door. B=smp,micro picks, ROUNDS= of which the median counts.
bench.run = $(PYTHON) $(ASHLAR)/support/bench/bench.py

.PHONY: bench bench-list
bench:
	@exec env -u MAKEFLAGS -u MFLAGS $(bench.run) --out '$(O)' --make '$(MAKE)' --cc '$(CC)' \
		--rounds '$(ROUNDS)' $(addprefix --set ,$(BENCH_SET)) '$(B)'
bench-list:
	@$(bench.run) --list
