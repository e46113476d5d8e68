/* SPDX-License-Identifier: BSD-3-Clause */

/* For tests: resolves its arguments by libc's resolver. */

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

static void resolve(const char *name)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	char text[INET_ADDRSTRLEN];
	int err = getaddrinfo(name, NULL, &hints, &list);

	if (err == EAI_NONAME) {
		printf("%s does not exist\n", name);
		return;
	}
	if (err) {
		printf("%s: %s\n", name, gai_strerror(err));
		return;
	}
	inet_ntop(AF_INET, &((struct sockaddr_in *)list->ai_addr)->sin_addr, text, sizeof(text));
	printf("%s %s\n", name, text);
	freeaddrinfo(list);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		resolve(argv[i]);
	return 0;
}
