/* addr.c - see addr.h. */

#include "daemon/addr.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

void px_addr_set(struct px_addr *addr, const struct sockaddr *sa)
{
	memset(addr, 0, sizeof(*addr));
	if (sa->sa_family == AF_INET)
		memcpy(&addr->in, sa, sizeof(addr->in));
	else if (sa->sa_family == AF_INET6)
		memcpy(&addr->in6, sa, sizeof(addr->in6));
	else
		addr->sa.sa_family = sa->sa_family;
}

socklen_t px_addr_len(const struct sockaddr *sa)
{
	return sa->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

bool px_addr_equal(const struct px_addr *a, const struct px_addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_port == b->in.sin_port &&
		    a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return a->sa.sa_family == AF_INET6 && a->in6.sin6_port == b->in6.sin6_port &&
	    memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)) == 0;
}

static void text_in6(char *text, const struct sockaddr_in6 *in6)
{
	char host[INET6_ADDRSTRLEN] = "?";
	unsigned port = ntohs(in6->sin6_port);

	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, host, sizeof(host));
		snprintf(text, PX_ADDR_TEXT_LEN, "%s:%u", host, port);
		return;
	}
	inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
	snprintf(text, PX_ADDR_TEXT_LEN, "[%s]:%u", host, port);
}

static void text_un(char *text, const struct sockaddr_un *un, socklen_t len)
{
	size_t path_len = len - offsetof(struct sockaddr_un, sun_path);

	snprintf(text, PX_ADDR_TEXT_LEN, "unix:%.*s", (int)strnlen(un->sun_path, path_len),
	    un->sun_path);
}

void px_addr_text(char *text, const struct sockaddr *sa, socklen_t len)
{
	char host[INET_ADDRSTRLEN] = "?";
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

	if (sa->sa_family == AF_INET6) {
		text_in6(text, (const struct sockaddr_in6 *)sa);
	} else if (sa->sa_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(text, PX_ADDR_TEXT_LEN, "%s:%u", host, (unsigned)ntohs(in->sin_port));
	} else if (sa->sa_family == AF_UNIX && len > offsetof(struct sockaddr_un, sun_path)) {
		text_un(text, (const struct sockaddr_un *)sa, len);
	} else {
		snprintf(text, PX_ADDR_TEXT_LEN, "unix:");
	}
}
