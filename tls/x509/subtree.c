/* subtree.c - see subtree.h. */
#include "subtree.h"

#include "../bytes/mem.h"
#include "cert.h"
#include "dn.h"
#include "name.h"

/* GeneralName's kinds that nothing can be said of. */
#define NAME_OTHER 0xa0
#define NAME_X400 0xa3
#define NAME_EDI_PARTY 0xa5
#define NAME_REGISTERED_ID 0x88

/* ---- Host names ------------------------------------------------------------------------------------- */

static bool is_wildcard(struct tls_span name)
{
	return name.len > 2 && name.p[0] == '*' && name.p[1] == '.';
}

static struct tls_span without_front(struct tls_span name, size_t n)
{
	tls_span_take(&name, n);
	return name;
}

static struct tls_span without_label(struct tls_span name)
{
	while (name.len > 0 && name.p[0] != '.')
		tls_span_u8(&name);
	return name.len > 0 ? without_front(name, 1) : name;
}

/* name is base, or base with labels in front; everything is below an empty base. */
static bool is_below(struct tls_span name, struct tls_span base)
{
	if (base.len == 0)
		return true;
	if (name.len < base.len || (name.len > base.len && name.p[name.len - base.len - 1] != '.'))
		return false;
	return tls_name_same(without_front(name, name.len - base.len), base);
}

static bool dns_has_all(struct tls_span base, struct tls_span name)
{
	return is_below(is_wildcard(name) ? without_front(name, 2) : name, base);
}

static bool dns_has_some(struct tls_span base, struct tls_span name)
{
	if (dns_has_all(base, name))
		return true;
	return is_wildcard(name) && tls_name_same(without_label(base), without_front(name, 2));
}

/* ".example.com" has all below it, "example.com" just that host. */
static bool host_is_in(struct tls_span base, struct tls_span host)
{
	if (base.len > 0 && base.p[0] == '.') {
		base = without_front(base, 1);
		return host.len > base.len && is_below(host, base);
	}
	return tls_name_same(host, base);
}

static bool host_base_is_valid(struct tls_span base)
{
	if (base.len > 0 && base.p[0] == '.')
		tls_span_u8(&base);
	return tls_name_is_valid_sni(base);
}

/* ---- Mailboxes, section 4.2.1.6: Local-part of RFC 2821 and a host ------------------------------------ */

static size_t find(struct tls_span s, uint8_t c)
{
	size_t n = 0;

	while (n < s.len && s.p[n] != c)
		n++;
	return n;
}

bool tls_subtree_split_mailbox(struct tls_span mailbox, struct tls_span *user, struct tls_span *host)
{
	size_t at = find(mailbox, '@');

	if (at == 0 || at == mailbox.len)
		return false;
	*user = tls_span_take(&mailbox, at);
	*host = without_front(mailbox, 1);
	for (size_t i = 0; i < user->len; i++) {
		if (user->p[i] <= ' ' || user->p[i] >= 0x7f || user->p[i] == '"' || user->p[i] == '\\')
			return false;
	}
	return tls_name_is_valid_sni(*host);
}

static bool mailbox_base_is_valid(struct tls_span base)
{
	struct tls_span user, host;

	if (find(base, '@') == base.len)
		return host_base_is_valid(base);
	return tls_subtree_split_mailbox(base, &user, &host);
}

/* Both have been found to be what they should: the one '@' is all there is to find. */
static bool mailbox_is_in(struct tls_span base, struct tls_span name)
{
	size_t at = find(name, '@'), base_at = find(base, '@');

	if (base_at == base.len)
		return host_is_in(base, without_front(name, at + 1));
	/* RFC 5321 section 2.4: the local part's case matters. */
	return tls_mem_same(name.p, at, base.p, base_at) &&
	    tls_name_same(without_front(name, at + 1), without_front(base, base_at + 1));
}

/* ---- URIs: the host of scheme://user@host:port/path ---------------------------------------------------- */

static struct tls_span host_of_uri(struct tls_span uri)
{
	size_t colon = find(uri, ':'), end = 0, at;

	if (uri.len < colon + 3 || uri.p[colon + 1] != '/' || uri.p[colon + 2] != '/')
		return tls_span(NULL, 0);
	uri = without_front(uri, colon + 3);
	while (end < uri.len && uri.p[end] != '/' && uri.p[end] != '?' && uri.p[end] != '#')
		end++;
	uri.len = end;
	at = find(uri, '@');
	if (at < uri.len)
		uri = without_front(uri, at + 1);
	uri.len = find(uri, ':');
	return uri;
}

/* ---- Addresses: base is address and mask ---------------------------------------------------------------- */

static bool ip_base_is_valid(struct tls_span base)
{
	bool ended = false;

	if (base.len != 8 && base.len != 32)
		return false;
	for (size_t i = base.len / 2; i < base.len; i++) {
		uint8_t inverse = (uint8_t)~base.p[i];

		/* RFC 4632: ones, then zeros. */
		if ((inverse & (inverse + 1)) != 0 || (ended && base.p[i] != 0))
			return false;
		ended = ended || inverse != 0;
	}
	return true;
}

static bool ip_is_in(struct tls_span base, struct tls_span ip)
{
	if (base.len != 2 * ip.len)
		return false;
	for (size_t i = 0; i < ip.len; i++) {
		if (((base.p[i] ^ ip.p[i]) & base.p[ip.len + i]) != 0)
			return false;
	}
	return true;
}

/* ---- All kinds -------------------------------------------------------------------------------------------- */

bool tls_subtree_is_valid(unsigned kind, struct tls_span base)
{
	switch (kind) {
	case TLS_CERT_NAME_DNS:
		return base.len == 0 || tls_name_is_valid_sni(base);
	case TLS_CERT_NAME_EMAIL:
		return mailbox_base_is_valid(base);
	case TLS_CERT_NAME_URI:
		return host_base_is_valid(base);
	case TLS_CERT_NAME_IP:
		return ip_base_is_valid(base);
	case TLS_CERT_NAME_DIRECTORY:
		return tls_dn_is_valid(base);
	case NAME_OTHER:
	case NAME_X400:
	case NAME_EDI_PARTY:
	case NAME_REGISTERED_ID:
		return true;
	default:
		return false;
	}
}

bool tls_subtree_is_comparable(unsigned kind, struct tls_span name)
{
	struct tls_span user, host;

	switch (kind) {
	case TLS_CERT_NAME_DNS:
		return tls_name_is_valid_pattern(name);
	case TLS_CERT_NAME_EMAIL:
		return tls_subtree_split_mailbox(name, &user, &host);
	case TLS_CERT_NAME_URI:
		return tls_name_is_valid_sni(host_of_uri(name));
	case TLS_CERT_NAME_IP:
		return name.len == 4 || name.len == 16;
	case TLS_CERT_NAME_DIRECTORY:
		return tls_dn_is_valid(name);
	default:
		return false;
	}
}

bool tls_subtree_has_all(unsigned kind, struct tls_span base, struct tls_span name)
{
	switch (kind) {
	case TLS_CERT_NAME_DNS:
		return dns_has_all(base, name);
	case TLS_CERT_NAME_EMAIL:
		return mailbox_is_in(base, name);
	case TLS_CERT_NAME_URI:
		return host_is_in(base, host_of_uri(name));
	case TLS_CERT_NAME_IP:
		return ip_is_in(base, name);
	case TLS_CERT_NAME_DIRECTORY:
		return tls_dn_is_within(name, base);
	default:
		return false;
	}
}

bool tls_subtree_has_some(unsigned kind, struct tls_span base, struct tls_span name)
{
	return kind == TLS_CERT_NAME_DNS ? dns_has_some(base, name) : tls_subtree_has_all(kind, base, name);
}
