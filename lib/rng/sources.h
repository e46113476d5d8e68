/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <uk/rng.h>

#define UK__RNG_SEED_BYTES 32u

/* The CPU's generator. */
extern struct uk_rng_source uk__rng_cpu;
/* 32 bytes out of the jitter of the cycle counter: no promise. */
void uk__rng_jitter(uint64_t out[4]);
