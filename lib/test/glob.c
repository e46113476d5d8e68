/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/test.h>

/* On a mismatch go back to the last star and let it eat one character more. */
bool uk_test_glob(const char *pattern, size_t n, const char *text)
{
	const char *retry = NULL;
	size_t star = 0;
	size_t p = 0;

	while (*text) {
		if (p < n && pattern[p] == '*') {
			star = p++;
			retry = text;
		} else if (p < n && (pattern[p] == '?' || pattern[p] == *text)) {
			p++;
			text++;
		} else if (retry) {
			p = star + 1;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (p < n && pattern[p] == '*')
		p++;
	return p == n;
}
