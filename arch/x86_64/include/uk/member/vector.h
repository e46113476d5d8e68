/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Vectors of x86_64: 0 to 31 are exceptions. The entry code has 8 bytes for each. */

#define UK_VECTOR_FIRST 32u
#define UK_VECTOR_END   96u
