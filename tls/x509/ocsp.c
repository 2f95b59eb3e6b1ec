/* ocsp.c - see ocsp.h. Sections are those of RFC 6960. */
#include "ocsp.h"

#include "../bytes/mem.h"
#include "../crypto/hash.h"
#include "../crypto/sha1.h"
#include "certsig.h"
#include "der.h"
#include "dn.h"
#include "oid.h"

#define TAG_ENUMERATED 0x0a
#define STATUS_GOOD TLS_DER_CONTEXT(0)
#define STATUS_REVOKED TLS_DER_CONTEXT_IN(1)

/* BasicOCSPResponse, section 4.2.1. */
struct basic {
	struct tls_certsig sig;
	struct tls_span by_name, by_key; /* ResponderID: a name, or the content of a KeyHash; the other one is empty */
	struct tls_span entries, certs; /* contents */
};

struct entry {
	struct tls_span hash, name_hash, key_hash, serial; /* of CertID; hash is an AlgorithmIdentifier's content */
	unsigned status; /* the tag */
	int64_t this_update, next_update; /* next_update: 0 for none */
};

/* ---- Reading -------------------------------------------------------------------------------------------------- */

/* None is processed, so that none may be critical. */
static bool extensions_are_plain(struct tls_span *s, unsigned tag)
{
	struct tls_span box, rest;
	struct tls_cert_extension ext;

	if (!tls_der_is(s, tag))
		return true;
	box = tls_der_take(s, tag);
	rest = tls_der_take(&box, TLS_DER_SEQUENCE);
	while (tls_cert_next_extension(&rest, &ext)) {
		if (ext.critical)
			return false;
	}
	return tls_span_end(&rest) && tls_span_end(&box);
}

static int64_t take_general_time(struct tls_span *s)
{
	if (!tls_der_is(s, TLS_DER_GENERALIZED_TIME))
		tls_span_fail(s);
	return tls_der_take_time(s);
}

static bool read_responder(struct basic *b, struct tls_span *data)
{
	struct tls_span box;

	if (tls_der_is(data, TLS_DER_CONTEXT_IN(1))) {
		b->by_name = tls_der_take(data, TLS_DER_CONTEXT_IN(1));
		return tls_dn_is_valid(b->by_name);
	}
	box = tls_der_take(data, TLS_DER_CONTEXT_IN(2));
	b->by_key = tls_der_take(&box, TLS_DER_OCTET_STRING);
	return tls_span_end(&box);
}

/* Version 1, which isn't encoded. */
static bool read_data(struct basic *b)
{
	struct tls_span whole = b->sig.tbs, data = tls_der_take(&whole, TLS_DER_SEQUENCE);

	if (!read_responder(b, &data))
		return false;
	take_general_time(&data);
	b->entries = tls_der_take(&data, TLS_DER_SEQUENCE);
	return extensions_are_plain(&data, TLS_DER_CONTEXT_IN(1)) && tls_span_end(&data);
}

static bool read_basic(struct basic *b, struct tls_span der)
{
	struct tls_span seq = tls_der_take(&der, TLS_DER_SEQUENCE), box;

	b->sig.tbs = tls_der_take_whole(&seq, TLS_DER_SEQUENCE);
	b->sig.algorithm = tls_der_take_whole(&seq, TLS_DER_SEQUENCE);
	b->sig.signature = tls_der_take_bits(&seq);
	if (tls_der_is(&seq, TLS_DER_CONTEXT_IN(0))) {
		box = tls_der_take(&seq, TLS_DER_CONTEXT_IN(0));
		b->certs = tls_der_take(&box, TLS_DER_SEQUENCE);
		if (!tls_span_end(&box))
			return false;
	}
	return tls_span_end(&seq) && tls_span_end(&der) && read_data(b);
}

/* OCSPResponse: successful, and of the basic type. */
static bool read_response(struct basic *b, struct tls_span der)
{
	struct tls_span seq = tls_der_take(&der, TLS_DER_SEQUENCE), box, bytes, type, status, basic;

	status = tls_der_take(&seq, TAG_ENUMERATED);
	if (tls_span_u8(&status) != 0 || !tls_span_end(&status))
		return false;
	box = tls_der_take(&seq, TLS_DER_CONTEXT_IN(0));
	bytes = tls_der_take(&box, TLS_DER_SEQUENCE);
	type = tls_der_take(&bytes, TLS_DER_OID);
	basic = tls_der_take(&bytes, TLS_DER_OCTET_STRING);
	return tls_oid_is(type, TLS_OID_OCSP_BASIC) && tls_span_end(&bytes) && tls_span_end(&box) &&
	    tls_span_end(&seq) && tls_span_end(&der) && read_basic(b, basic);
}

static bool take_entry(struct entry *e, struct tls_span *rest)
{
	struct tls_span seq = tls_der_take(rest, TLS_DER_SEQUENCE), id = tls_der_take(&seq, TLS_DER_SEQUENCE), box;

	e->hash = tls_der_take(&id, TLS_DER_SEQUENCE);
	e->name_hash = tls_der_take(&id, TLS_DER_OCTET_STRING);
	e->key_hash = tls_der_take(&id, TLS_DER_OCTET_STRING);
	e->serial = tls_der_take_whole(&id, TLS_DER_INTEGER); /* it counts if it is spelled as the certificate's */
	tls_der_take_any(&seq, &e->status);
	e->this_update = take_general_time(&seq);
	e->next_update = 0;
	if (tls_der_is(&seq, TLS_DER_CONTEXT_IN(0))) {
		box = tls_der_take(&seq, TLS_DER_CONTEXT_IN(0));
		e->next_update = take_general_time(&box);
		if (!tls_span_end(&box))
			tls_span_fail(&seq);
	}
	return extensions_are_plain(&seq, TLS_DER_CONTEXT_IN(1)) && tls_span_end(&seq) && tls_span_end(&id);
}

/* ---- Whom an entry is about: section 4.1.1 -------------------------------------------------------------------- */

/* The digest of data by the algorithm of a CertID; its length, 0 for one that we don't know. */
static size_t digest(uint8_t out[TLS_HASH_MAX_LEN], struct tls_span algorithm, struct tls_span data)
{
	struct tls_span oid = tls_der_take(&algorithm, TLS_DER_OID);
	enum tls_hash hash;

	if (tls_oid_is(oid, TLS_OID_SHA1)) {
		tls_sha1(out, data.p, data.len);
		return TLS_SHA1_LEN;
	}
	if (tls_oid_is(oid, TLS_OID_SHA256))
		hash = TLS_HASH_SHA256;
	else if (tls_oid_is(oid, TLS_OID_SHA384))
		hash = TLS_HASH_SHA384;
	else if (tls_oid_is(oid, TLS_OID_SHA512))
		hash = TLS_HASH_SHA512;
	else
		return 0;
	tls_hash_once(hash, out, data.p, data.len);
	return tls_hash_len(hash);
}

/* The BIT STRING of the issuer's key, without its count of unused bits. */
static struct tls_span key_bits(const struct tls_cert *cert)
{
	struct tls_span spki = cert->spki, seq = tls_der_take(&spki, TLS_DER_SEQUENCE);

	tls_der_take(&seq, TLS_DER_SEQUENCE);
	return tls_der_take_bits(&seq);
}

static bool is_about(const struct entry *e, const struct tls_ocsp_ask *ask)
{
	struct tls_span serial = ask->subject->cert.serial;
	uint8_t name[TLS_HASH_MAX_LEN], key[TLS_HASH_MAX_LEN];
	size_t n;

	if (!tls_mem_same(e->serial.p, e->serial.len, serial.p, serial.len))
		return false;
	/* The issuer's name as the certificate spells it. */
	n = digest(name, e->hash, ask->subject->cert.issuer);
	return n > 0 && tls_mem_same(e->name_hash.p, e->name_hash.len, name, n) &&
	    digest(key, e->hash, key_bits(&ask->issuer->cert)) == n &&
	    tls_mem_same(e->key_hash.p, e->key_hash.len, key, n);
}

/* ---- Who signed: section 4.2.2.2 --------------------------------------------------------------------------------- */

/* Section 4.2.2.3: the ResponderID is that of who signed. SHA-1 is what section 4.2.1 has it with. */
static bool is_responder(const struct basic *b, const struct tls_cert *cert)
{
	struct tls_span bits = key_bits(cert);
	uint8_t hash[TLS_SHA1_LEN];

	if (b->by_name.len > 0)
		return tls_dn_same(b->by_name, cert->subject);
	tls_sha1(hash, bits.p, bits.len);
	return tls_mem_same(b->by_key.p, b->by_key.len, hash, sizeof(hash));
}

static bool is_revoked(const struct tls_node *signer, const struct tls_ocsp_ask *ask)
{
	struct tls_crls_ask crl = {.subject = signer,
	    .issuer = ask->issuer,
	    .issuer_key = ask->issuer_key,
	    .now = ask->now,
	    .any_time = ask->any_time};

	return tls_crls_check(ask->crls, &crl) == TLS_FLAW_REVOKED;
}

static bool may_sign_for(const struct tls_node *signer, const struct tls_ocsp_ask *ask)
{
	static const struct tls_span purpose = {
	    .p = (const uint8_t *)TLS_OID_OCSP_SIGNING, .len = sizeof(TLS_OID_OCSP_SIGNING) - 1};
	const struct tls_exts *e = &signer->exts;
	struct tls_certsig sig = {
	    .tbs = signer->cert.tbs, .algorithm = signer->cert.sig_alg, .signature = signer->cert.signature};

	if (signer->fault != TLS_FLAW_NONE || e->unknown_critical ||
	    (e->seen & TLS_EXT_EXT_KEY_USAGE) == 0 || !tls_exts_has_purpose(e, purpose, false) ||
	    (e->usage & TLS_USAGE_DIGITAL_SIGNATURE) == 0)
		return false;
	if (!ask->any_time && (ask->now < signer->cert.not_before || ask->now > signer->cert.not_after))
		return false;
	return tls_node_may_issue(ask->issuer, signer) &&
	    tls_certsig_check(&sig, ask->issuer_key) == TLS_FLAW_NONE && !is_revoked(signer, ask);
}

static bool is_signed_by(const struct basic *b, const struct tls_node *signer)
{
	struct tls_pubkey *key;
	bool good;

	if (tls_cert_new_pubkey(&key, &signer->cert) < 0)
		return false;
	good = tls_certsig_check(&b->sig, key) == TLS_FLAW_NONE;
	tls_pubkey_free(key);
	return good;
}

static bool signature_is_good(const struct basic *b, const struct tls_ocsp_ask *ask)
{
	struct tls_span rest = b->certs;
	struct tls_node signer;

	if (is_responder(b, &ask->issuer->cert) && tls_certsig_check(&b->sig, ask->issuer_key) == TLS_FLAW_NONE)
		return true;
	for (unsigned i = 0; tls_span_more(&rest) && i < TLS_OCSP_MAX_SIGNERS; i++) {
		struct tls_span der = tls_der_take_whole(&rest, TLS_DER_SEQUENCE);

		if (tls_node_init(&signer, der) == 0 && is_responder(b, &signer.cert) && may_sign_for(&signer, ask) &&
		    is_signed_by(b, &signer))
			return true;
	}
	return false;
}

/* ---- What it says ------------------------------------------------------------------------------------------------- */

/* Section 4.2.2.1. */
static bool is_current(const struct entry *e, const struct tls_ocsp_ask *ask)
{
	if (ask->any_time)
		return true;
	if (e->this_update > ask->now + TLS_OCSP_MAX_SKEW)
		return false;
	return ask->now <= (e->next_update != 0 ? e->next_update : e->this_update + TLS_OCSP_MAX_AGE);
}

static enum tls_flaw judge_entry(const struct entry *e, const struct tls_ocsp_ask *ask)
{
	if (e->status == STATUS_REVOKED)
		return TLS_FLAW_REVOKED;
	if (e->status != STATUS_GOOD)
		return TLS_FLAW_OCSP_UNUSABLE;
	return is_current(e, ask) ? TLS_FLAW_NONE : TLS_FLAW_OCSP_STALE;
}

/* Of several entries about the certificate the worst counts. */
static enum tls_flaw judge_entries(const struct basic *b, const struct tls_ocsp_ask *ask)
{
	struct tls_span rest = b->entries;
	enum tls_flaw result = TLS_FLAW_OCSP_UNUSABLE, flaw;
	bool found = false;
	struct entry e;

	while (tls_span_more(&rest)) {
		if (!take_entry(&e, &rest))
			return TLS_FLAW_OCSP_UNUSABLE;
		if (!is_about(&e, ask))
			continue;
		flaw = judge_entry(&e, ask);
		if (flaw == TLS_FLAW_REVOKED)
			return flaw;
		if (!found || flaw != TLS_FLAW_NONE)
			result = flaw;
		found = true;
	}
	return rest.failed ? TLS_FLAW_OCSP_UNUSABLE : result;
}

enum tls_flaw tls_ocsp_check(struct tls_span response, const struct tls_ocsp_ask *ask)
{
	struct basic b = {.certs = tls_span(NULL, 0)};

	if (!read_response(&b, response) || !signature_is_good(&b, ask))
		return TLS_FLAW_OCSP_UNUSABLE;
	return judge_entries(&b, ask);
}

/* ---- Told, not judged --------------------------------------------------------------------------------------------- */

int tls_ocsp_find(tls_ocsp_info_t *info, struct tls_span response, struct tls_span serial)
{
	struct basic b = {.certs = tls_span(NULL, 0)};
	struct entry e;

	if (!read_response(&b, response))
		return TLS_E_OCSP_RESPONSE_ERROR;
	while (tls_span_more(&b.entries)) {
		if (!take_entry(&e, &b.entries))
			return TLS_E_OCSP_RESPONSE_ERROR;
		if (!tls_mem_same(e.serial.p, e.serial.len, serial.p, serial.len))
			continue;
		info->status = e.status == STATUS_GOOD	? TLS_OCSP_CERT_GOOD
		    : e.status == STATUS_REVOKED	? TLS_OCSP_CERT_REVOKED
							: TLS_OCSP_CERT_UNKNOWN;
		info->this_update = e.this_update;
		info->next_update = e.next_update;
		return 0;
	}
	return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}
