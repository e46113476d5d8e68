/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <stddef.h>

/* Where the runner's lines go: the console in the guest, standard output on the host. */
void uk__test_write(const char *text, size_t len);
