/* choose12.c - what a server uses in TLS 1.2; see choose.h. RFC 5246 section 7.4.1, RFC 8422 section 5.1, RFC
 * 5746 sections 3.6 and 3.7. */
#include "choose.h"

#include "../bytes/mem.h"
#include "../error.h"

#define RENEGOTIATION_SCSV 0x00ff /* RFC 5746 section 3.3 */
#define POINT_UNCOMPRESSED 0

static bool has_byte(struct tls_span list, uint8_t v)
{
	while (tls_span_more(&list))
		if (tls_span_u8(&list) == v)
			return true;
	return false;
}

/* RFC 5746 sections 3.6 and 3.7. */
static int check_renegotiation(const struct tls_client_hello *m, const struct tls_choose_from *from)
{
	bool scsv = tls_client_hello_has(m->suites, RENEGOTIATION_SCSV);
	struct tls_span had = from->client_verify, got = m->renegotiation_info;

	if (from->renegotiation && (scsv || !m->has_renegotiation_info))
		return TLS_E_SAFE_RENEGOTIATION_FAILED;
	if (!m->has_renegotiation_info && !scsv)
		return TLS_E_SAFE_RENEGOTIATION_FAILED;
	/* nothing was negotiated before a first hello: had is empty */
	if (got.len != had.len || !tls_mem_equal(got.p, had.p, had.len))
		return TLS_E_SAFE_RENEGOTIATION_FAILED;
	return 0;
}

static int check_required(const struct tls_client_hello *m, const struct tls_choose_from *from)
{
	int err;

	if (!has_byte(m->compression, 0))
		return TLS_E_ILLEGAL_PARAMETER;
	/* RFC 8422 section 5.1.2 */
	if (m->point_formats.len > 0 && !has_byte(m->point_formats, POINT_UNCOMPRESSED))
		return TLS_E_ILLEGAL_PARAMETER;
	err = check_renegotiation(m, from);
	if (err != 0)
		return err;
	/* RFC 5246 section 7.4.1.4.1: that stands for SHA-1, which nobody may use any more (RFC 9155) */
	return m->schemes.len > 0 ? 0 : TLS_E_NO_COMMON_SIGNATURE_ALGORITHM;
}

/* RFC 8422 section 4: a client that names no curves takes any. P-256 is the one that everybody has. A hybrid is named
 * for TLS 1.3. */
static bool takes_group(const struct tls_client_hello *m, uint16_t group)
{
	if (tls_group_by_id(group)->part != NULL)
		return false;
	return m->groups.len > 0 ? tls_client_hello_has(m->groups, group) : group == TLS_GROUP_SECP256R1;
}

static int choose_group(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_policy_st *policy)
{
	for (unsigned i = 0; i < policy->groups.n && c->group == NULL; i++)
		if (takes_group(m, policy->groups.id[i]))
			c->group = tls_group_by_id(policy->groups.id[i]);
	return c->group != NULL ? 0 : TLS_E_NO_COMMON_GROUP;
}

/* Our order of preference decides. */
static const struct tls_suite *find_suite(const struct tls_client_hello *m,
    const struct tls_policy_st *policy, enum tls_suite_auth auth)
{
	for (unsigned i = 0; i < policy->suites.n; i++) {
		const struct tls_suite *suite = tls_suite_by_id(policy->suites.id[i]);

		if (suite->version == TLS_1_2 && suite->auth == auth &&
		    tls_client_hello_has(m->suites, suite->id))
			return suite;
	}
	return NULL;
}

/* RFC 8422 section 5.1: a client that names curves takes certificates on those alone. */
static bool takes_curve(const struct tls_client_hello *m, enum tls_pk kind)
{
	switch (kind) {
	case TLS_PK_ECDSA_P256:
		return m->groups.len == 0 || tls_client_hello_has(m->groups, TLS_GROUP_SECP256R1);
	case TLS_PK_ECDSA_P384:
		return m->groups.len == 0 || tls_client_hello_has(m->groups, TLS_GROUP_SECP384R1);
	case TLS_PK_ECDSA_P521:
		return m->groups.len == 0 || tls_client_hello_has(m->groups, TLS_GROUP_SECP521R1);
	case TLS_PK_RSA:
	case TLS_PK_ED25519:
		return true;
	}
	return false;
}

#define N_KINDS (TLS_PK_ED25519 + 1)

/* The suite that each kind of key would go with, NULL if it can't be used. Found once: the client's lists may be
 * long, and fits is asked for many keys. */
struct rules {
	const struct tls_suite *suite[N_KINDS];
};

static void make_rules(struct rules *r, const struct tls_client_hello *m, const struct tls_policy_st *policy)
{
	const struct tls_suite *ecdsa = find_suite(m, policy, TLS_AUTH_ECDSA);

	for (unsigned kind = 0; kind < N_KINDS; kind++)
		r->suite[kind] = takes_curve(m, (enum tls_pk)kind) ? ecdsa : NULL;
	r->suite[TLS_PK_RSA] = find_suite(m, policy, TLS_AUTH_RSA);
}

static bool fits(const void *ptr, uint16_t scheme, const struct tls_pubkey *pub)
{
	const struct rules *r = ptr;

	return tls_sig_fits12(scheme, pub) && r->suite[tls_pubkey_kind(pub)] != NULL;
}

static int choose_certificate(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from)
{
	struct rules rules;
	uint16_t schemes[TLS_CHOOSE_SCHEMES_MAX];
	struct tls_cred_ask ask = {.sni = m->server_name,
	    .schemes = schemes,
	    .n_schemes = tls_choose_schemes(schemes, m),
	    .ours = from->policy->schemes.id,
	    .n_ours = from->policy->schemes.n,
	    .fits = fits,
	    .ptr = &rules};
	int err;

	if (from->cred == NULL)
		return TLS_E_INSUFFICIENT_CREDENTIALS;
	make_rules(&rules, m, from->policy);
	err = tls_credentials_choose_by(from->cred, &c->entry, &c->scheme, &ask);
	if (err == 0)
		c->suite = rules.suite[tls_pubkey_kind(tls_credentials_public(c->entry))];
	return err;
}

/* Without this the error would speak of signatures where no suite was in common. */
static int check_suites(const struct tls_client_hello *m, const struct tls_policy_st *policy)
{
	if (find_suite(m, policy, TLS_AUTH_ECDSA) != NULL || find_suite(m, policy, TLS_AUTH_RSA) != NULL)
		return 0;
	return TLS_E_NO_COMMON_CIPHER_SUITE;
}

int tls_choose_hello12(struct tls_choice *c, const struct tls_client_hello *m,
    const struct tls_choose_from *from)
{
	int err = check_required(m, from);

	if (err == 0)
		err = check_suites(m, from->policy);
	if (err == 0)
		err = choose_group(c, m, from->policy);
	if (err == 0)
		err = tls_choose_alpn(c, m, from);
	if (err == 0)
		err = choose_certificate(c, m, from);
	return err;
}
