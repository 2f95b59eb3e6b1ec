/* crl.c - see crl.h. */
#include "crl.h"

#include <stdatomic.h>

#include "../bytes/mem.h"
#include "../crypto/hash.h"
#include "../tls.h"
#include "certsig.h"
#include "crlkey.h"
#include "der.h"
#include "dn.h"
#include "idp.h"
#include "oid.h"
#include "pem.h"

#define NO_ENTRY 0U
#define DIGEST_LEN 32
#define KEY_MAX_LEN (TLS_RSA_MAX_BITS / 8 + 64) /* of an RSA key as DER */
/* A list is read before anybody has vouched for it: serial numbers that were chosen to fall into the same slots are refused
 * with it. Others look at one and a half on average. */
#define PROBES_PER_ENTRY 16
#define PROBES_MORE 4096
#define REMOVE_FROM_CRL 8 /* section 5.3.1 */

enum key_state { KEY_UNKNOWN, KEY_BEING_WRITTEN, KEY_KNOWN };

struct tls_crl {
	struct tls_crl *next;
	uint8_t *der;
	struct tls_certsig sig;
	struct tls_span issuer; /* whole name */
	uint32_t issuer_hash;
	struct tls_span issuer_key_id; /* len 0: none */
	int64_t this_update, next_update; /* next_update: INT64_MAX without */
	bool numbered, unusable, has_scope, delta;
	struct tls_idp idp;
	struct tls_span entries; /* content of revokedCertificates */
	uint32_t *slots; /* by serial number: offset of an entry in entries, plus 1 */
	size_t n_slots; /* a power of two, at least twice the entries; or 0 */
	atomic_int key_state;
	uint8_t key_digest[DIGEST_LEN]; /* of the key that the signature is good for */
};

/* ---- Entries --------------------------------------------------------------------------------------------- */

static size_t hash_serial(struct tls_span serial)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < serial.len; i++)
		h = (h ^ serial.p[i]) * 16777619U;
	return h;
}

/* Section 5.3: an entry's extension that is critical and changes whom it is about, or what it says, makes
 * the list one that we don't understand; none of them is processed. */
static bool entry_is_plain(struct tls_span extensions)
{
	struct tls_span rest = tls_der_take(&extensions, TLS_DER_SEQUENCE);
	struct tls_cert_extension ext;

	while (tls_cert_next_extension(&rest, &ext)) {
		if (ext.critical)
			return false;
	}
	return tls_span_end(&rest);
}

/* Takes an entry from the front of rest: its serial number. */
static struct tls_span take_entry(struct tls_span *rest, bool *plain)
{
	struct tls_span seq = tls_der_take(rest, TLS_DER_SEQUENCE);
	struct tls_span serial = tls_der_take_integer(&seq);

	tls_der_take_time(&seq);
	*plain = true;
	if (tls_der_is(&seq, TLS_DER_SEQUENCE))
		*plain = entry_is_plain(tls_der_take_whole(&seq, TLS_DER_SEQUENCE));
	if (!tls_span_end(&seq) || serial.len == 0)
		tls_span_fail(rest);
	return serial;
}

static bool count_entries(struct tls_crl *crl, size_t *n)
{
	struct tls_span rest = crl->entries;
	bool plain;

	for (*n = 0; tls_span_more(&rest); ++*n) {
		take_entry(&rest, &plain);
		crl->unusable = crl->unusable || !plain;
	}
	return tls_span_end(&rest);
}

static struct tls_span serial_at(const struct tls_crl *crl, uint32_t slot)
{
	struct tls_span rest = crl->entries;
	bool plain;

	tls_span_take(&rest, slot - 1);
	return take_entry(&rest, &plain);
}

/* The slot where serial is, or where it would be. *n_probes goes up by the slots that were looked at. */
static size_t find_slot(size_t *n_probes, const struct tls_crl *crl, struct tls_span serial)
{
	size_t i = hash_serial(serial) & (crl->n_slots - 1);

	for (++*n_probes; crl->slots[i] != NO_ENTRY; ++*n_probes) {
		struct tls_span other = serial_at(crl, crl->slots[i]);

		if (tls_mem_same(other.p, other.len, serial.p, serial.len))
			break;
		i = (i + 1) & (crl->n_slots - 1);
	}
	return i;
}

static int index_entries(struct tls_crl *crl)
{
	struct tls_span rest = crl->entries;
	size_t n, n_probes = 0;
	bool plain;

	if (!count_entries(crl, &n))
		return TLS_E_CRL_ERROR;
	for (crl->n_slots = 2; crl->n_slots < 2 * n; crl->n_slots *= 2)
		;
	crl->slots = tls_mem_alloc(crl->n_slots * sizeof(*crl->slots));
	if (crl->slots == NULL)
		return TLS_E_MEMORY_ERROR;
	while (tls_span_more(&rest)) {
		uint32_t at = (uint32_t)(crl->entries.len - rest.len) + 1;
		struct tls_span serial = take_entry(&rest, &plain);

		crl->slots[find_slot(&n_probes, crl, serial)] = at;
		if (n_probes > PROBES_PER_ENTRY * n + PROBES_MORE)
			return TLS_E_CRL_ERROR;
	}
	return 0;
}

/* Section 5.3.1: of a delta list, it is revoked no more. */
static bool is_removal(struct tls_span entry)
{
	struct tls_cert_extension ext;
	struct tls_span seq, rest;

	seq = tls_der_take(&entry, TLS_DER_SEQUENCE);
	tls_der_take(&seq, TLS_DER_INTEGER);
	tls_der_take_time(&seq);
	rest = tls_der_take(&seq, TLS_DER_SEQUENCE);
	while (tls_cert_next_extension(&rest, &ext)) {
		struct tls_span reason = tls_der_take(&ext.value, TLS_DER_ENUMERATED);

		if (tls_oid_is(ext.oid, TLS_OID_REASON_CODE) && reason.len == 1 && reason.p[0] == REMOVE_FROM_CRL)
			return true;
	}
	return false;
}

static bool has_revoked(const struct tls_crl *crl, struct tls_span serial)
{
	struct tls_span v = tls_der_take(&serial, TLS_DER_INTEGER), entry = crl->entries;
	size_t n_probes = 0;
	uint32_t slot = crl->slots[find_slot(&n_probes, crl, v)];

	if (slot == NO_ENTRY)
		return false;
	tls_span_take(&entry, slot - 1);
	return !crl->delta || !is_removal(entry);
}

/* ---- Reading ----------------------------------------------------------------------------------------------- */

static void read_key_id(struct tls_crl *crl, struct tls_span value)
{
	struct tls_span seq = tls_der_take(&value, TLS_DER_SEQUENCE);

	if (tls_der_is(&seq, TLS_DER_CONTEXT(0)))
		crl->issuer_key_id = tls_der_take(&seq, TLS_DER_CONTEXT(0));
}

/* Section 5.2. */
static void read_extension(struct tls_crl *crl, const struct tls_cert_extension *ext)
{
	if (tls_oid_is(ext->oid, TLS_OID_CRL_NUMBER))
		crl->numbered = true;
	if (tls_oid_is(ext->oid, TLS_OID_AUTHORITY_KEY_ID))
		read_key_id(crl, ext->value);
	if (tls_oid_is(ext->oid, TLS_OID_ISSUING_POINT)) {
		/* section 4.2: no extension twice; of two scopes neither could be relied on */
		crl->unusable = crl->unusable || crl->has_scope;
		crl->has_scope = true;
		tls_idp_decode(&crl->idp, ext->value);
	} else if (tls_oid_is(ext->oid, TLS_OID_DELTA_CRL)) {
		crl->delta = true;
	} else if (ext->critical) {
		crl->unusable = true;
	}
}

/* [0] EXPLICIT, only in version 2. */
static bool take_extensions(struct tls_crl *crl, struct tls_span *tbs, unsigned version)
{
	struct tls_span box, rest;
	struct tls_cert_extension ext;

	if (!tls_der_is(tbs, TLS_DER_CONTEXT_IN(0)))
		return true;
	box = tls_der_take(tbs, TLS_DER_CONTEXT_IN(0));
	rest = tls_der_take(&box, TLS_DER_SEQUENCE);
	if (version != 2 || rest.len == 0 || !tls_span_end(&box))
		return false;
	while (tls_cert_next_extension(&rest, &ext))
		read_extension(crl, &ext);
	return tls_span_end(&rest);
}

static bool is_time(const struct tls_span *s)
{
	return tls_der_is(s, TLS_DER_UTC_TIME) || tls_der_is(s, TLS_DER_GENERALIZED_TIME);
}

/* Section 5.1.2. */
static bool read_tbs(struct tls_crl *crl, struct tls_span whole)
{
	struct tls_span tbs = tls_der_take(&whole, TLS_DER_SEQUENCE), alg;
	unsigned version = 1;

	if (tls_der_is(&tbs, TLS_DER_INTEGER))
		version = 1 + tls_der_take_number(&tbs, 1);
	alg = tls_der_take_whole(&tbs, TLS_DER_SEQUENCE);
	crl->issuer = tls_der_take_whole(&tbs, TLS_DER_SEQUENCE);
	crl->this_update = tls_der_take_time(&tbs);
	crl->next_update = is_time(&tbs) ? tls_der_take_time(&tbs) : INT64_MAX;
	if (tls_der_is(&tbs, TLS_DER_SEQUENCE))
		crl->entries = tls_der_take(&tbs, TLS_DER_SEQUENCE);
	if (!take_extensions(crl, &tbs, version) || !tls_span_end(&tbs) || !tls_dn_is_valid(crl->issuer))
		return false;
	/* Section 5.1.1.2: the same inside and outside. */
	return tls_mem_same(alg.p, alg.len, crl->sig.algorithm.p, crl->sig.algorithm.len);
}

static int decode(struct tls_crl *crl, struct tls_span der)
{
	struct tls_span seq = tls_der_take(&der, TLS_DER_SEQUENCE);

	crl->sig.tbs = tls_der_take_whole(&seq, TLS_DER_SEQUENCE);
	crl->sig.algorithm = tls_der_take_whole(&seq, TLS_DER_SEQUENCE);
	crl->sig.signature = tls_der_take_bits(&seq);
	if (!tls_span_end(&seq) || !tls_span_end(&der) || !read_tbs(crl, crl->sig.tbs))
		return TLS_E_CRL_ERROR;
	crl->issuer_hash = tls_dn_hash(crl->issuer);
	return index_entries(crl);
}

static void crl_free(struct tls_crl *crl)
{
	tls_mem_free(crl->slots);
	tls_mem_free(crl->der);
	tls_mem_free(crl);
}

void tls_crls_init(struct tls_crls *crls)
{
	crls->first = NULL;
	crls->last = &crls->first;
}

void tls_crls_clear(struct tls_crls *crls)
{
	while (crls->first != NULL) {
		struct tls_crl *crl = crls->first;

		crls->first = crl->next;
		crl_free(crl);
	}
	tls_crls_init(crls);
}

int tls_crls_add(struct tls_crls *crls, struct tls_span der)
{
	struct tls_crl *crl;
	int ret;

	if (der.len == 0 || der.len > TLS_CRL_MAX_LEN)
		return TLS_E_CRL_ERROR;
	crl = tls_mem_alloc(sizeof(*crl));
	if (crl == NULL)
		return TLS_E_MEMORY_ERROR;
	atomic_init(&crl->key_state, KEY_UNKNOWN);
	crl->der = tls_mem_dup(der.p, der.len);
	ret = crl->der != NULL ? decode(crl, tls_span(crl->der, der.len)) : TLS_E_MEMORY_ERROR;
	if (ret < 0) {
		crl_free(crl);
		return ret;
	}
	*crls->last = crl;
	crls->last = &crl->next;
	return 0;
}

static int take(void *crls, struct tls_span der)
{
	return tls_crls_add(crls, der);
}

int tls_crls_add_pem(struct tls_crls *crls, unsigned *line, struct tls_span text)
{
	static const char *const labels[] = {"X509 CRL", NULL};
	struct tls_pem pem;
	int n;

	tls_pem_init(&pem, text);
	pem.max_len = TLS_CRL_MAX_LEN;
	n = tls_pem_take_all(&pem, line, labels, take, crls);
	return n != 0 ? n : TLS_E_NO_CRL_FOUND;
}

bool tls_crls_next_update(int64_t *next, const struct tls_crls *crls, size_t index)
{
	const struct tls_crl *crl = crls->first;

	for (; crl != NULL && index > 0; index--)
		crl = crl->next;
	if (crl == NULL || crl->next_update == INT64_MAX)
		return false;
	*next = crl->next_update;
	return true;
}

/* ---- Asking ------------------------------------------------------------------------------------------------- */

static bool is_of(const struct tls_crl *crl, const struct tls_node *issuer)
{
	return crl->issuer_hash == issuer->subject_hash && tls_dn_same(crl->issuer, issuer->cert.subject);
}

static struct tls_crl *next_of(struct tls_crl *crl, const struct tls_node *issuer)
{
	while (crl != NULL && !is_of(crl, issuer))
		crl = crl->next;
	return crl;
}

bool tls_crls_have(const struct tls_crls *crls, const struct tls_node *issuer)
{
	return crls != NULL && next_of(crls->first, issuer) != NULL;
}

/* Any thread may be the first to know the key. What one key has signed no other has. It is known by what it is, as
 * certificates may spell it differently. */
static bool has_signed(void *list, const struct tls_pubkey *key)
{
	struct tls_crl *crl = list;
	int unknown = KEY_UNKNOWN;
	uint8_t bytes[KEY_MAX_LEN], digest[DIGEST_LEN];
	size_t len = sizeof(bytes);

	if (tls_pubkey_bytes(key, bytes, &len) < 0)
		return false;
	tls_hash_once(TLS_HASH_SHA256, digest, bytes, len);
	if (atomic_load(&crl->key_state) == KEY_KNOWN)
		return tls_mem_same(crl->key_digest, DIGEST_LEN, digest, DIGEST_LEN);
	if (tls_certsig_check(&crl->sig, key) != TLS_FLAW_NONE)
		return false;
	if (atomic_compare_exchange_strong(&crl->key_state, &unknown, KEY_BEING_WRITTEN)) {
		tls_mem_copy(crl->key_digest, digest, DIGEST_LEN);
		atomic_store(&crl->key_state, KEY_KNOWN);
	}
	return true;
}

/* Section 6.3.3 (f), (g): the key that has signed the certificate, or another one of that issuer, with cRLSign if there
 * is keyUsage. */
static enum tls_flaw check_signer(struct tls_crl *crl, const struct tls_crls_ask *ask)
{
	struct tls_span wants = crl->issuer_key_id, has = ask->issuer->exts.key_id;
	bool may_be = wants.len == 0 || has.len == 0 || tls_mem_same(wants.p, wants.len, has.p, has.len);

	if (may_be && (ask->issuer->exts.usage & TLS_USAGE_CRL_SIGN) != 0 &&
	    has_signed(crl, ask->issuer_key))
		return TLS_FLAW_NONE;
	if (tls_crlkey_find(crl, has_signed, wants, ask))
		return TLS_FLAW_NONE;
	return may_be ? TLS_FLAW_CRL_UNUSABLE : TLS_FLAW_CRL_SIGNER;
}

/* Section 6.3.3. A revocation in a list that is out of date still is one. */
static enum tls_flaw check_one(struct tls_crl *crl, const struct tls_crls_ask *ask)
{
	enum tls_flaw fault = crl->idp.fault;

	if (fault != TLS_FLAW_NONE)
		return fault;
	if (crl->unusable || (ask->strict && (!crl->numbered || crl->next_update == INT64_MAX)))
		return TLS_FLAW_CRL_UNUSABLE;
	fault = check_signer(crl, ask);
	if (fault != TLS_FLAW_NONE)
		return fault;
	if (has_revoked(crl, ask->subject->cert.serial))
		return TLS_FLAW_REVOKED;
	if (crl->delta)
		return TLS_FLAW_CRL_UNUSABLE;
	if (!ask->any_time && ask->now < crl->this_update)
		return TLS_FLAW_CRL_FUTURE;
	return !ask->any_time && ask->now > crl->next_update ? TLS_FLAW_CRL_STALE : TLS_FLAW_NONE;
}

enum tls_flaw tls_crls_check(const struct tls_crls *crls, const struct tls_crls_ask *ask)
{
	struct tls_crl *crl = crls != NULL ? next_of(crls->first, ask->issuer) : NULL;
	enum tls_flaw first = TLS_FLAW_NONE, fault;
	bool covered = false;

	if (crl == NULL)
		return ask->required ? TLS_FLAW_CRL_MISSING : TLS_FLAW_NONE;
	for (; crl != NULL; crl = next_of(crl->next, ask->issuer)) {
		fault = tls_idp_covers(&crl->idp, ask->subject) ? check_one(crl, ask) : TLS_FLAW_CRL_SCOPE;
		if (fault == TLS_FLAW_REVOKED)
			return fault;
		covered = covered || fault == TLS_FLAW_NONE;
		/* what is wrong with a list that covers it says more */
		if (first == TLS_FLAW_NONE || first == TLS_FLAW_CRL_SCOPE)
			first = fault;
	}
	return covered ? TLS_FLAW_NONE : first;
}
