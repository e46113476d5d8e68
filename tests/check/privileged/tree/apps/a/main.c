/* SPDX-License-Identifier: BSD-3-Clause */
int main(void)
{
	__asm__ volatile("hlt");
	return 0;
}
