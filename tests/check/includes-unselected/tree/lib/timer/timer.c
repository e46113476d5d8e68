/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/clock.h>
