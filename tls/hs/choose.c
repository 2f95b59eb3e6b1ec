/* choose.c - see choose.h. */
#include "choose.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "../limits.h"

#define SSL_3_0 0x0300
#define SCHEMES_MAX 64

/* RFC 8446 section 4.2.1 and appendix D.5. */
static int choose_version(const struct tls_client_hello *m, const struct tls_policy_st *policy)
{
	if (m->legacy_version <= SSL_3_0 || policy->max_version < TLS_1_3)
		return TLS_E_UNSUPPORTED_VERSION;
	return tls_client_hello_has(m->versions, TLS_1_3) ? 0 : TLS_E_UNSUPPORTED_VERSION;
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
		if (!tls_client_hello_has(m->suites, policy->suites.id[i]))
			continue;
		c->suite = tls_suite_by_id(policy->suites.id[i]);
		return 0;
	}
	return TLS_E_NO_COMMON_CIPHER_SUITE;
}

static int choose_group(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_policy_st *policy)
{
	uint16_t wanted = 0;

	for (unsigned i = 0; i < policy->groups.n; i++) {
		uint16_t id = policy->groups.id[i];

		if (!tls_client_hello_has(m->groups, id))
			continue;
		if (tls_client_hello_share(m, id, &c->share)) {
			c->group = tls_group_by_id(id);
			return 0;
		}
		if (wanted == 0)
			wanted = id;
	}
	c->share = tls_span(NULL, 0);
	c->group = tls_group_by_id(wanted);
	c->retry = c->group != NULL;
	return c->retry ? 0 : TLS_E_NO_COMMON_GROUP;
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

/* RFC 7301 section 3.2. */
static int choose_alpn(struct tls_choice *c, const struct tls_client_hello *m,
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

static int choose_certificate(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from)
{
	uint16_t schemes[SCHEMES_MAX];
	struct tls_span list = m->schemes;
	size_t n = 0;

	if (from->cred == NULL)
		return TLS_E_INSUFFICIENT_CREDENTIALS;
	while (tls_span_more(&list) && n < SCHEMES_MAX)
		schemes[n++] = tls_span_u16(&list);
	return tls_credentials_choose(from->cred, &c->entry, &c->scheme, m->server_name, schemes, n,
	    from->policy->schemes.id, from->policy->schemes.n);
}

int tls_choose_hello13(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from)
{
	int err = choose_version(m, from->policy);

	*c = (struct tls_choice){0};
	if (err == 0)
		err = check_required(m);
	if (err == 0)
		err = check_shares(m);
	if (err == 0)
		err = choose_suite(c, m, from->policy);
	if (err == 0)
		err = choose_group(c, m, from->policy);
	if (err == 0)
		err = choose_alpn(c, m, from);
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
