# SPDX-License-Identifier: BSD-3-Clause
# Exact builds: the lock of all sources, and what shows that an image comes from them and from
# nothing else. Included by the front door.
exact.dir := $(ASHLAR)/support/exact

# A= (or the folder that we are in) picks one application; else hello and httpd.
exact.apps = $(if $(filter A=%,$(MAKEOVERRIDES))$(filter-out $(ASHLAR),$(if $(wildcard Config.uk),$(CURDIR))),$(A),$(ASHLAR)/apps/hello $(ASHLAR)/apps/httpd)
exact.images:
	+@for a in $(exact.apps); do $(MAKE) A=$$a O=$(O) image || exit; done

.PHONY: lock verify exact.images
lock:
	@$(PYTHON) $(ASHLAR)/support/build/fetch_lock.py

# The same bytes, whoever builds them, where and when. QUICK=1: the C library from the cache.
verify: exact.images
	@$(PYTHON) $(exact.dir)/verify.py --out '$(O)' --dl '$(DL_DIR)' --shared '$(abspath $(SHARED))' \
		--lib '$(L)' $(if $(QUICK),--quick) $(addprefix --word=,$(filter COMPILER=% CC=%,$(MAKEOVERRIDES))) \
		$(exact.apps)

# What an image is made of, from what was linked: SPDX 2.3 beside the image.
.PHONY: sbom
sbom: image
	@for t in $$(cat $(out)/targets); do \
		$(PYTHON) $(exact.dir)/sbom.py $(out)/$(app)_$$t || exit; done

# What was fetched once is enough. QUICK=1: the C library from the cache.
.PHONY: offline-test
offline-test: fetch
	@$(PYTHON) $(exact.dir)/offline.py --dl '$(DL_DIR)' $(if $(QUICK),--shared '$(abspath $(SHARED))') \
		$(exact.apps)
