/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Nothing: ppp_opts.h says why. */
