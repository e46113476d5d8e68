/* SPDX-License-Identifier: BSD-3-Clause */
int tock(void);

int tock(void)
{
	return 1;
}
