/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The configured answer. Any context. */
int uk_answer_get(void);
