/* policy.c - see policy.h. The order: hybrid groups first because what they protect stays secret when there are
 * quantum computers, X25519 before the others because it is the fastest and the one clients send a share for;
 * AES-128-GCM first because it is the fastest here; ECDSA P-256 and Ed25519 before RSA. */
#include "policy.h"

#include "bytes/mem.h"
#include "crypto/group.h"
#include "crypto/sig.h"
#include "crypto/suite.h"

/* What TLS 1.3 uses comes first; the modern policy ends there. */
static const uint16_t all_suites[] = {TLS_CIPHER_AES_128_GCM_SHA256, TLS_CIPHER_AES_256_GCM_SHA384,
    TLS_CIPHER_CHACHA20_POLY1305_SHA256, TLS_CIPHER_ECDHE_ECDSA_AES_128_GCM_SHA256,
    TLS_CIPHER_ECDHE_ECDSA_AES_256_GCM_SHA384, TLS_CIPHER_ECDHE_ECDSA_CHACHA20_POLY1305_SHA256,
    TLS_CIPHER_ECDHE_RSA_AES_128_GCM_SHA256, TLS_CIPHER_ECDHE_RSA_AES_256_GCM_SHA384,
    TLS_CIPHER_ECDHE_RSA_CHACHA20_POLY1305_SHA256};

static const uint16_t all_groups[] = {TLS_GROUP_X25519MLKEM768, TLS_GROUP_SECP256R1MLKEM768, TLS_GROUP_X25519,
    TLS_GROUP_SECP256R1, TLS_GROUP_SECP384R1, TLS_GROUP_SECP521R1};

static const uint16_t all_schemes[] = {TLS_SIGN_ECDSA_SECP256R1_SHA256, TLS_SIGN_ED25519,
    TLS_SIGN_ECDSA_SECP384R1_SHA384, TLS_SIGN_ECDSA_SECP521R1_SHA512, TLS_SIGN_RSA_PSS_RSAE_SHA256,
    TLS_SIGN_RSA_PSS_RSAE_SHA384, TLS_SIGN_RSA_PSS_RSAE_SHA512, TLS_SIGN_RSA_PKCS1_SHA256,
    TLS_SIGN_RSA_PKCS1_SHA384, TLS_SIGN_RSA_PKCS1_SHA512};

static const struct {
	const char *name;
	tls_protocol_t min_version, max_version;
	unsigned n_suites, n_schemes; /* how many of all */
} named[] = {
	{"modern", TLS_1_3, TLS_1_3, 3, 7},
	{"intermediate", TLS_1_2, TLS_1_3, sizeof(all_suites) / sizeof(all_suites[0]),
	    sizeof(all_schemes) / sizeof(all_schemes[0])},
};

static bool same_text(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static void fill(struct tls_policy_list *list, const uint16_t *id, unsigned n)
{
	list->n = n;
	tls_mem_copy(list->id, id, n * sizeof(*id));
}

int tls_policy_init(tls_policy_t *policy, const char *name)
{
	struct tls_policy_st *p;
	size_t i = 0;

	while (i < sizeof(named) / sizeof(named[0]) && !same_text(named[i].name, name))
		i++;
	if (i == sizeof(named) / sizeof(named[0]))
		return TLS_E_UNKNOWN_ALGORITHM;
	p = tls_mem_alloc(sizeof(*p));
	if (p == NULL)
		return TLS_E_MEMORY_ERROR;
	p->refs = 1;
	p->min_version = named[i].min_version;
	p->max_version = named[i].max_version;
	fill(&p->suites, all_suites, named[i].n_suites);
	fill(&p->groups, all_groups, sizeof(all_groups) / sizeof(all_groups[0]));
	fill(&p->schemes, all_schemes, named[i].n_schemes);
	*policy = p;
	return 0;
}

void tls_policy_hold(struct tls_policy_st *p)
{
	__atomic_store_n(&p->frozen, true, __ATOMIC_RELAXED);
	__atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
}

void tls_policy_deinit(tls_policy_t p)
{
	if (p != NULL && __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) == 0)
		tls_mem_free(p);
}

/* TLS 1.2 has no hybrids. */
static bool has_group(const struct tls_policy_st *p, tls_protocol_t version)
{
	for (unsigned i = 0; i < p->groups.n; i++)
		if (version == TLS_1_3 || tls_group_by_id(p->groups.id[i])->part == NULL)
			return true;
	return false;
}

bool tls_policy_speaks(const struct tls_policy_st *p, tls_protocol_t version)
{
	if (version < p->min_version || version > p->max_version || !has_group(p, version))
		return false;
	for (unsigned i = 0; i < p->suites.n; i++)
		if (tls_suite_by_id(p->suites.id[i])->version == version)
			return true;
	return false;
}

bool tls_policy_has(const struct tls_policy_list *list, uint16_t id)
{
	for (unsigned i = 0; i < list->n; i++)
		if (list->id[i] == id)
			return true;
	return false;
}

static int add(struct tls_policy_st *p, struct tls_policy_list *list, uint16_t id)
{
	if (p->frozen)
		return TLS_E_INVALID_REQUEST;
	if (!list->given)
		list->n = 0;
	list->given = true;
	if (tls_policy_has(list, id))
		return 0;
	if (list->n == TLS_POLICY_LIST_MAX)
		return TLS_E_INVALID_REQUEST;
	list->id[list->n++] = id;
	return 0;
}

int tls_policy_add_ciphersuite(tls_policy_t p, const char *name)
{
	const struct tls_suite *suite = tls_suite_by_name(name);

	return suite != NULL ? add(p, &p->suites, suite->id) : TLS_E_UNKNOWN_ALGORITHM;
}

int tls_policy_add_group(tls_policy_t p, const char *name)
{
	const struct tls_group *group = tls_group_by_name(name);

	return group != NULL ? add(p, &p->groups, group->id) : TLS_E_UNKNOWN_ALGORITHM;
}

int tls_policy_add_sign_algorithm(tls_policy_t p, const char *name)
{
	const struct tls_sig_scheme *scheme = tls_sig_by_name(name);

	return scheme != NULL ? add(p, &p->schemes, scheme->id) : TLS_E_UNKNOWN_ALGORITHM;
}

int tls_policy_set_versions(tls_policy_t p, tls_protocol_t min, tls_protocol_t max)
{
	if (p->frozen || min > max || min < TLS_1_2 || max > TLS_1_3)
		return TLS_E_INVALID_REQUEST;
	p->min_version = min;
	p->max_version = max;
	return 0;
}
