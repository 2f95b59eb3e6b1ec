/* san.c - see san.h. */
#include "san.h"

#include "../bytes/mem.h"
#include "ip.h"
#include "name.h"
#include "subtree.h"

/* "*.com" would be a whole registry's (RFC 9525 section 6.3 leaves that to us). */
static bool is_too_wide(struct tls_span pattern)
{
	unsigned dots = 0;

	for (size_t i = 0; i < pattern.len; i++)
		dots += pattern.p[i] == '.';
	return pattern.len > 0 && pattern.p[0] == '*' && dots < 2;
}

static bool same_mailbox(struct tls_span a, struct tls_span b)
{
	struct tls_span a_user, a_host, b_user, b_host;

	return tls_subtree_split_mailbox(a, &a_user, &a_host) && tls_subtree_split_mailbox(b, &b_user, &b_host) &&
	    tls_mem_same(a_user.p, a_user.len, b_user.p, b_user.len) && tls_name_same(a_host, b_host);
}

static bool matches(unsigned kind, struct tls_span presented, struct tls_span wanted)
{
	switch (kind) {
	case TLS_CERT_NAME_DNS:
		return !is_too_wide(presented) && tls_name_matches(presented, wanted);
	case TLS_CERT_NAME_IP:
		return tls_mem_same(presented.p, presented.len, wanted.p, wanted.len);
	case TLS_CERT_NAME_EMAIL:
		return same_mailbox(presented, wanted);
	default:
		return false;
	}
}

bool tls_san_has(const struct tls_cert *cert, const struct tls_san_wanted *wanted)
{
	struct tls_span rest = cert->san, name;
	unsigned kind;

	while (tls_cert_next_name(&rest, &kind, &name)) {
		if (kind == wanted->kind && matches(kind, name, wanted->value))
			return true;
	}
	return false;
}

struct tls_san_wanted tls_san_wanted_host(const char *hostname, uint8_t ip[TLS_SAN_IP_MAX_LEN])
{
	struct tls_san_wanted name = {.kind = TLS_CERT_NAME_DNS};
	size_t n = 0;

	while (hostname[n] != '\0')
		n++;
	name.value = tls_span(hostname, n);
	n = tls_ip_read(ip, name.value);
	if (n > 0)
		name = (struct tls_san_wanted){.kind = TLS_CERT_NAME_IP, .value = tls_span(ip, n)};
	return name;
}
