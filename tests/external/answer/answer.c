/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/answer.h>

int uk_answer_get(void)
{
	return CONFIG_ANSWER_VALUE;
}
