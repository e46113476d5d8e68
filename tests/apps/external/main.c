/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/answer.h>

int main(void)
{
	return uk_answer_get();
}
