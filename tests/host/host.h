/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The calling thread of the host becomes this CPU. */
void host_cpu_set(unsigned int id);
