/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Vectors of the host's members: numbers alone. */

#define UK_VECTOR_FIRST 32u
#define UK_VECTOR_END   96u
