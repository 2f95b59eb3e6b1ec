/* choose.c - see choose.h. */
#include "choose.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "../limits.h"

#define SSL_3_0 0x0300
#define FALLBACK_SCSV 0x5600 /* RFC 7507 */

/* RFC 8446 section 4.2.1: supported_versions decides alone if it is there; without it no more than TLS 1.2 is
 * spoken, whatever legacy_version says. */
static bool is_offered(const struct tls_client_hello *m, tls_protocol_t version)
{
	if (m->versions.len > 0)
		return tls_client_hello_has(m->versions, (uint16_t)version);
	return version == TLS_1_2 && m->legacy_version >= TLS_1_2;
}

static int choose_version(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from)
{
	const struct tls_policy_st *policy = from->policy;
	tls_protocol_t best;

	/* appendix D.5 */
	if (m->legacy_version <= SSL_3_0)
		return TLS_E_UNSUPPORTED_VERSION;
	/* RFC 8446 section 4.1.2: a renegotiation keeps its version */
	if (!from->renegotiation && tls_policy_speaks(policy, TLS_1_3) && is_offered(m, TLS_1_3))
		c->version = TLS_1_3;
	else if (tls_policy_speaks(policy, TLS_1_2) && is_offered(m, TLS_1_2))
		c->version = TLS_1_2;
	/* RFC 7507 section 3: it has tried a better version and failed, though we speak it */
	best = tls_policy_speaks(policy, TLS_1_3) ? TLS_1_3 : TLS_1_2;
	if (c->version < best && tls_client_hello_has(m->suites, FALLBACK_SCSV))
		return TLS_E_INAPPROPRIATE_FALLBACK;
	return c->version != 0 ? 0 : TLS_E_UNSUPPORTED_VERSION;
}

/* RFC 8446 sections 4.1.2 and 9.2. */
static int check_required(const struct tls_client_hello *m)
{
	if (m->compression.len != 1 || m->compression.p[0] != 0)
		return TLS_E_ILLEGAL_PARAMETER;
	if (m->schemes.len == 0 || m->groups.len == 0 || !m->has_key_share)
		return TLS_E_MISSING_EXTENSION;
	/* section 4.2.9: also by a server that takes no PSK */
	if (tls_ext_find(&m->ext, TLS_EXT_PRE_SHARED_KEY) != NULL &&
	    tls_ext_find(&m->ext, TLS_EXT_PSK_KEY_EXCHANGE_MODES) == NULL)
		return TLS_E_MISSING_EXTENSION;
	return 0;
}

/* RFC 8446 section 4.2.8: a share for each group at most once, and only for groups that are offered. */
static int check_shares(const struct tls_client_hello *m)
{
	struct tls_span list = m->key_shares;
	unsigned n = 0;

	while (tls_span_more(&list)) {
		uint16_t group = tls_span_u16(&list);
		struct tls_span share = tls_span_block16(&list, 1, UINT16_MAX), first;

		if (++n > TLS_LIMIT_KEY_SHARES || !tls_client_hello_has(m->groups, group) ||
		    !tls_client_hello_share(m, group, &first) || first.p != share.p)
			return TLS_E_ILLEGAL_PARAMETER;
	}
	return 0;
}

static int choose_suite(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_policy_st *policy)
{
	for (unsigned i = 0; i < policy->suites.n; i++) {
		const struct tls_suite *suite = tls_suite_by_id(policy->suites.id[i]);

		if (suite->version != TLS_1_3 || !tls_client_hello_has(m->suites, suite->id))
			continue;
		c->suite = suite;
		return 0;
	}
	return TLS_E_NO_COMMON_CIPHER_SUITE;
}

/* The first one in our order that the client has, too; of the hybrids alone if hybrids_only, of those with a share if
 * share isn't NULL. 0: none. */
static uint16_t find_group(const struct tls_client_hello *m, const struct tls_policy_list *groups, bool hybrids_only,
    struct tls_span *share)
{
	for (unsigned i = 0; i < groups->n; i++) {
		uint16_t id = groups->id[i];

		if ((hybrids_only && tls_group_by_id(id)->part == NULL) || !tls_client_hello_has(m->groups, id))
			continue;
		if (share == NULL || tls_client_hello_share(m, id, share))
			return id;
	}
	return 0;
}

/* A share saves a round trip, and so decides between groups of a kind. But where we would rather have a hybrid, and
 * the client has one, it is worth the round trip: what is recorded today must not be read when there are quantum
 * computers. */
static int choose_group(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_policy_st *policy)
{
	uint16_t wanted = find_group(m, &policy->groups, false, NULL), id;

	if (wanted == 0)
		return TLS_E_NO_COMMON_GROUP;
	id = find_group(m, &policy->groups, tls_group_by_id(wanted)->part != NULL, &c->share);
	c->retry = id == 0;
	if (c->retry)
		c->share = tls_span(NULL, 0);
	c->group = tls_group_by_id(c->retry ? wanted : id);
	return 0;
}

static bool has_protocol(struct tls_span list, struct tls_span name)
{
	while (tls_span_more(&list)) {
		struct tls_span one = tls_span_block8(&list, 1, 255);

		if (tls_mem_same(one.p, one.len, name.p, name.len))
			return true;
	}
	return false;
}

int tls_choose_alpn(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from)
{
	struct tls_span ours = from->alpn;

	if (m->alpn.len == 0 || from->alpn.len == 0)
		return 0;
	while (tls_span_more(&ours)) {
		struct tls_span name = tls_span_block8(&ours, 1, 255);

		if (has_protocol(m->alpn, name)) {
			c->alpn = name;
			return 0;
		}
	}
	return from->alpn_mandatory ? TLS_E_NO_APPLICATION_PROTOCOL : 0;
}

size_t tls_choose_schemes(uint16_t schemes[TLS_CHOOSE_SCHEMES_MAX], const struct tls_client_hello *m)
{
	struct tls_span list = m->schemes;
	size_t n = 0;

	while (tls_span_more(&list) && n < TLS_CHOOSE_SCHEMES_MAX)
		schemes[n++] = tls_span_u16(&list);
	return n;
}

static int choose_certificate(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from)
{
	uint16_t schemes[TLS_CHOOSE_SCHEMES_MAX];
	size_t n = tls_choose_schemes(schemes, m);

	if (from->cred == NULL)
		return TLS_E_INSUFFICIENT_CREDENTIALS;
	return tls_credentials_choose(from->cred, &c->entry, &c->scheme, m->server_name, schemes, n,
	    from->policy->schemes.id, from->policy->schemes.n);
}

int tls_choose_hello(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from)
{
	int err;

	*c = (struct tls_choice){0};
	err = choose_version(c, m, from);
	if (err != 0)
		return err;
	return c->version == TLS_1_2 ? tls_choose_hello12(c, m, from) : tls_choose_hello13(c, m, from);
}

int tls_choose_hello13(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from)
{
	int err = check_required(m);

	if (err == 0)
		err = check_shares(m);
	if (err == 0)
		err = choose_suite(c, m, from->policy);
	if (err == 0)
		err = choose_group(c, m, from->policy);
	if (err == 0)
		err = tls_choose_alpn(c, m, from);
	if (err == 0)
		err = choose_certificate(c, m, from);
	return err;
}

int tls_choose_second13(struct tls_choice *c, const struct tls_client_hello *m)
{
	struct tls_span list = m->key_shares;

	/* section 9.2 */
	if (!m->has_key_share)
		return TLS_E_MISSING_EXTENSION;
	/* RFC 8446 section 4.2.8: one share, of the group that was asked for. */
	if (tls_span_u16(&list) != c->group->id)
		return TLS_E_ILLEGAL_PARAMETER;
	c->share = tls_span_block16(&list, 1, UINT16_MAX);
	return tls_span_end(&list) ? 0 : TLS_E_ILLEGAL_PARAMETER;
}
