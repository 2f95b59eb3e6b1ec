/* proof.c - see proof.h. What was proven is a set of digests: of the leaf, of what stands behind it, and of what the
 * service allows. It is made anew by each run, so that it never holds more than what is in force. */

#include "daemon/proof.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/errors.h"
#include "daemon/proof_pair.h"

#define CHAIN_MAX 16
#define NAME_LEN 256
#define KINDS_MAX 8
#define FIRST_ROOM 64

/* What a certificate is known by. The leaf's digest comes first: it is as good as random. */
struct digest {
	unsigned char leaf[TLS_FINGERPRINT_LEN];
	uint64_t rest;
};

struct set {
	struct digest *slots; /* rest 0: free */
	size_t n, n_slots; /* a power of two */
};

struct px_proof {
	struct set known;
	struct px_proof_pair pair;
	atomic_bool cancelled;
	unsigned count;
};

/* One certificate on its way. */
struct trial {
	struct px_proof *proof;
	const struct conf_service *service;
	const struct conf_certificate *certificate;
	tls_datum_t chain[CHAIN_MAX];
	unsigned n_chain;
	tls_certificate_info_t info; /* of the leaf */
	char name[NAME_LEN];
	struct px_proof_ask ask;
};

/* Of one service: for which kinds of keys TLS 1.2 was tried. */
struct kinds {
	const char *key[KINDS_MAX];
	unsigned n;
};

/* ---- The set ---------------------------------------------------------------------------------------- */

static struct digest *slot_of(const struct set *set, const struct digest *d)
{
	size_t i;

	memcpy(&i, d->leaf, sizeof(i));
	i &= set->n_slots - 1;
	while (set->slots[i].rest && memcmp(&set->slots[i], d, sizeof(*d)) != 0)
		i = (i + 1) & (set->n_slots - 1);
	return &set->slots[i];
}

static bool has(const struct set *set, const struct digest *d)
{
	return set->n_slots && slot_of(set, d)->rest;
}

static int grow(struct set *set)
{
	struct set grown = { .n = set->n, .n_slots = set->n_slots ? set->n_slots * 2 : FIRST_ROOM };

	grown.slots = calloc(grown.n_slots, sizeof(*grown.slots));
	if (!grown.slots)
		return -1;
	for (size_t i = 0; i < set->n_slots; i++)
		if (set->slots[i].rest)
			*slot_of(&grown, &set->slots[i]) = set->slots[i];
	free(set->slots);
	*set = grown;
	return 0;
}

static int add(struct set *set, const struct digest *d)
{
	if (set->n * 2 >= set->n_slots && grow(set) != 0)
		return -1;
	if (!has(set, d))
		set->n++;
	*slot_of(set, d) = *d;
	return 0;
}

static uint64_t mix(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211U;
	return h;
}

static void make_digest(struct digest *d, const struct trial *t)
{
	const struct conf_tls *tls = &t->service->tls;
	const tls_protocol_t versions[2] = { tls->min_version, tls->max_version };
	uint64_t h = mix(14695981039346656037U, versions, sizeof(versions));

	h = mix(h, &tls->lists, sizeof(tls->lists));
	h = mix(h, tls->policy, strlen(tls->policy));
	for (unsigned i = 1; i < t->n_chain; i++)
		h = mix(h, t->chain[i].data, t->chain[i].size);
	memset(d, 0, sizeof(*d));
	memcpy(d->leaf, t->info.sha256, sizeof(d->leaf));
	d->rest = h | 1;
}

/* ---- One certificate -------------------------------------------------------------------------------- */

static int fail(struct conf_errors *errs, const struct trial *t, const char *what, const char *why)
{
	conf_errors_add(errs, CONF_ERROR, &t->certificate->origin, "services.certificates: %s: no handshake with it%s: %s",
	    t->certificate->chain, what, why);
	return -1;
}

/* A name that a client could ask for: an asterisk stands for any label. */
static bool take_name(struct trial *t, tls_x509_subject_alt_name_t type, const tls_datum_t *value)
{
	const unsigned char *p = value->data;

	if (type == TLS_SAN_IPADDRESS && value->size == 4) {
		snprintf(t->name, NAME_LEN, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	} else if (type == TLS_SAN_DNSNAME && value->size < NAME_LEN) {
		memcpy(t->name, p, value->size);
		t->name[value->size] = '\0';
		if (t->name[0] == '*')
			t->name[0] = 'a';
	} else {
		return false;
	}
	t->ask.is_address = type == TLS_SAN_IPADDRESS;
	return tls_certificate_check_hostname(&t->chain[0], t->name);
}

static void find_name(struct trial *t)
{
	tls_x509_subject_alt_name_t type;
	tls_datum_t value;

	for (unsigned i = 0; tls_certificate_get_subject_alt_name(&t->chain[0], i, &type, &value) == 0; i++) {
		if (take_name(t, type, &value)) {
			t->ask.name = t->name;
			return;
		}
	}
}

/* Only this version; fast: without the groups that cost most, which prove nothing about a certificate. */
static int make_policy(tls_policy_t *policy, tls_protocol_t version, bool fast)
{
	static const char *const groups[] = { "x25519", "secp256r1", "secp384r1", "secp521r1" };
	int r = tls_policy_init(policy, "intermediate");

	if (r == 0)
		r = tls_policy_set_versions(*policy, version, version);
	for (unsigned i = 0; fast && r == 0 && i < sizeof(groups) / sizeof(groups[0]); i++)
		r = tls_policy_add_group(*policy, groups[i]);
	return r;
}

static int run_once(struct trial *t, tls_protocol_t version, bool fast)
{
	int r;

	t->ask.client_policy = NULL;
	r = make_policy(&t->ask.client_policy, version, fast);
	if (r == 0)
		r = px_proof_pair_run(&t->proof->pair, &t->ask);
	tls_policy_deinit(t->ask.client_policy);
	t->proof->count++;
	return r;
}

static int run_version(struct trial *t, tls_protocol_t version)
{
	int r = run_once(t, version, true);

	return r == TLS_E_NO_COMMON_GROUP ? run_once(t, version, false) : r;
}

/* The operator's choice of suites and the like, and no fault of the certificate, if it works in another version. */
static bool is_configured_away(int error)
{
	return error == TLS_E_NO_COMMON_CIPHER_SUITE || error == TLS_E_NO_COMMON_GROUP ||
	    error == TLS_E_NO_COMMON_SIGNATURE_ALGORITHM || error == TLS_E_UNSUPPORTED_VERSION;
}

static int shake_hands(struct trial *t, struct conf_errors *errs, bool both)
{
	const struct conf_tls *tls = &t->service->tls;
	const char *where = tls->max_version == TLS_1_3 ? " in TLS 1.3" : " in TLS 1.2";
	const char *fault = t->proof->pair.fault;
	bool two = tls->min_version < tls->max_version;
	int r = run_version(t, tls->max_version), older;

	if (!two || (r == 0 && !both) || (r < 0 && !is_configured_away(r)))
		return r == 0 ? 0 : fail(errs, t, where, fault[0] ? fault : tls_strerror(r));
	older = run_version(t, tls->min_version);
	if (older == 0 || (r == 0 && is_configured_away(older)))
		return 0;
	return fail(errs, t, r < 0 ? where : " in TLS 1.2", fault[0] ? fault : tls_strerror(r < 0 ? r : older));
}

/* The client trusts the end of the chain, whoever that is. */
static int make_trust(struct trial *t)
{
	int r = tls_certificate_allocate_credentials(&t->ask.trust);

	if (r == 0)
		r = tls_certificate_set_verify_flags(t->ask.trust, TLS_VERIFY_DISABLE_TIME_CHECKS);
	if (r == 0)
		r = tls_certificate_set_x509_trust_mem(t->ask.trust, &t->chain[t->n_chain - 1], TLS_X509_FMT_DER);
	return r < 0 ? r : 0;
}

static int prove(struct trial *t, struct conf_errors *errs, bool both)
{
	int r = tls_certificate_take_one(&t->ask.server, t->service->credentials, t->certificate->index);

	t->ask.policy = t->service->policy;
	if (r == 0)
		r = make_trust(t);
	find_name(t);
	r = r == 0 ? shake_hands(t, errs, both) : fail(errs, t, "", tls_strerror(r));
	tls_certificate_free_credentials(t->ask.server);
	tls_certificate_free_credentials(t->ask.trust);
	return r;
}

/* ---- All of them ------------------------------------------------------------------------------------ */

/* True for the first one of its kind. */
static bool is_new_kind(struct kinds *kinds, const char *key)
{
	for (unsigned i = 0; i < kinds->n; i++)
		if (strcmp(kinds->key[i], key) == 0)
			return false;
	if (kinds->n < KINDS_MAX)
		kinds->key[kinds->n++] = key;
	return true;
}

static int run_one(struct trial *t, struct set *next, struct kinds *kinds, struct conf_errors *errs)
{
	struct digest digest;
	int r;

	t->n_chain = CHAIN_MAX;
	r = tls_certificate_get_chain(t->service->credentials, t->certificate->index, t->chain, &t->n_chain);
	if (r == 0)
		r = tls_certificate_get_info(&t->chain[0], &t->info);
	if (r < 0)
		return fail(errs, t, "", tls_strerror(r));
	make_digest(&digest, t);
	if (!has(&t->proof->known, &digest) &&
	    prove(t, errs, t->info.key && is_new_kind(kinds, t->info.key)) != 0)
		return -1;
	if (add(next, &digest) == 0)
		return 0;
	conf_errors_no_memory(errs);
	return -1;
}

static int run_service(
    struct px_proof *proof, struct set *next, struct conf_errors *errs, const struct conf_service *service)
{
	struct kinds kinds = { .n = 0 };
	int r = 0;

	for (unsigned i = 0; i < service->n_certificates && !atomic_load(&proof->cancelled); i++) {
		struct trial trial = {
		    .proof = proof, .service = service, .certificate = &service->certificates[i] };

		if (trial.certificate->served && run_one(&trial, next, &kinds, errs) != 0)
			r = -1;
	}
	return r;
}

int px_proof_run(struct px_proof *proof, struct conf_errors *errs, const struct conf *conf)
{
	const struct conf_origin origin = { .file = conf->path };
	struct set next = { .n = 0 };
	int r = 0;

	for (unsigned i = 0; i < conf->n_services; i++)
		if (run_service(proof, &next, errs, &conf->services[i]) != 0)
			r = -1;
	if (atomic_load(&proof->cancelled)) {
		conf_errors_add(errs, CONF_ERROR, &origin, "its certificates were not all tried: we are ending");
		r = -1;
	}
	if (r == 0) {
		free(proof->known.slots);
		proof->known = next;
	} else {
		free(next.slots);
	}
	return r;
}

struct px_proof *px_proof_new(void)
{
	struct px_proof *proof = calloc(1, sizeof(*proof));

	if (proof && px_proof_pair_init(&proof->pair) != 0) {
		free(proof);
		return NULL;
	}
	return proof;
}

void px_proof_free(struct px_proof *proof)
{
	if (!proof)
		return;
	px_proof_pair_clear(&proof->pair);
	free(proof->known.slots);
	free(proof);
}

void px_proof_cancel(struct px_proof *proof)
{
	atomic_store(&proof->cancelled, true);
}

unsigned px_proof_count(const struct px_proof *proof)
{
	return proof->count;
}
