/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once
void uk_timer_start(uint64_t at);
