/* names_fuzz.c - a presented and a wanted name, and one as the base of a constraint: [kind] [length] one, two.
 *
 * Checked against what RFC 9525 and RFC 5280 section 4.2.1.10 say in the large: a match means the same labels but for
 * a first "*", nothing with odd bytes matches, what a base has all of it has some of, and a name that a wildcard stands
 * for is never outside of where all of the wildcard is.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tls/tls.h"
#include "tls/x509/cert.h"
#include "tls/x509/dn.h"
#include "tls/x509/name.h"
#include "tls/x509/san.h"
#include "tls/x509/subtree.h"

static const unsigned kinds[] = {TLS_CERT_NAME_DNS, TLS_CERT_NAME_EMAIL, TLS_CERT_NAME_URI, TLS_CERT_NAME_IP,
    TLS_CERT_NAME_DIRECTORY, 0xa0, 0x88};

static bool is_plain(struct tls_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
			return false;
	}
	return true;
}

/* As subjectAltName with this one entry. */
static bool presented(unsigned kind, struct tls_span name, struct tls_span wanted)
{
	struct tls_san_wanted w = {.kind = kind, .value = wanted};
	uint8_t list[2 + 127] = {(uint8_t)kind, (uint8_t)name.len};
	struct tls_cert cert = {.san = tls_span(list, name.len + 2)};

	memcpy(list + 2, name.p, name.len);
	return tls_san_has(&cert, &w);
}

static void check_match(unsigned kind, struct tls_span one, struct tls_span two)
{
	if (!presented(kind, one, two))
		return;
	if (kind == TLS_CERT_NAME_IP) {
		assert(one.len == two.len && memcmp(one.p, two.p, one.len) == 0);
		return;
	}
	assert(kind == TLS_CERT_NAME_DNS || kind == TLS_CERT_NAME_EMAIL);
	assert(is_plain(one) && is_plain(two));
	assert(memchr(two.p, '*', two.len) == NULL || kind == TLS_CERT_NAME_EMAIL);
	if (one.p[0] != '*')
		assert(one.len == two.len);
	else if (kind == TLS_CERT_NAME_DNS)
		assert(one.p[1] == '.' && memchr(two.p, '.', two.len) != NULL && two.len >= one.len);
}

/* base: one. What two stands for, as far as it is a wildcard. */
static void check_constraint(unsigned kind, struct tls_span base, struct tls_span name)
{
	bool all, some;

	if (!tls_subtree_is_valid(kind, base) || !tls_subtree_is_comparable(kind, name))
		return;
	all = tls_subtree_has_all(kind, base, name);
	some = tls_subtree_has_some(kind, base, name);
	assert(!all || some);
	if (kind == TLS_CERT_NAME_DNS && base.len == 0)
		assert(all);
	if (kind == TLS_CERT_NAME_DNS && all && base.len > 0)
		assert(name.len >= base.len);
	if (kind == TLS_CERT_NAME_DNS && name.p[0] == '*' && all) {
		uint8_t *host = malloc(name.len);

		memcpy(host, name.p, name.len);
		host[0] = 'x';
		assert(tls_subtree_has_all(kind, base, tls_span(host, name.len)));
		free(host);
	}
	/* What a certificate's wildcard can be used for, and lies in base, base has some of the wildcard. */
	if (kind == TLS_CERT_NAME_DNS && presented(kind, name, base))
		assert(some);
	if (kind == TLS_CERT_NAME_DIRECTORY)
		assert(tls_dn_is_within(base, base) && tls_dn_same(base, base) &&
		    (!tls_dn_same(base, name) || tls_dn_hash(base) == tls_dn_hash(name)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned kind;
	struct tls_span one, two;

	if (size < 2 || size > 2 + 127)
		return 0;
	kind = kinds[data[0] % (sizeof(kinds) / sizeof(kinds[0]))];
	one = tls_span(data + 2, data[1] < size - 2 ? data[1] : size - 2);
	two = tls_span(data + 2 + one.len, size - 2 - one.len);
	check_match(kind, one, two);
	check_constraint(kind, one, two);
	check_constraint(kind, two, one);
	return 0;
}
