/* exts.c - see exts.h. */
#include "exts.h"

#include "../bytes/mem.h"
#include "der.h"
#include "oid.h"

#define ALL_USAGES 0xffffU
#define STATUS_REQUEST 5

/* Section 4.2.1.9. */
static bool read_basic_constraints(struct tls_exts *e, struct tls_span value)
{
	struct tls_span seq = tls_der_take(&value, TLS_DER_SEQUENCE);

	/* An encoded FALSE is against DER but in use. */
	if (tls_der_is(&seq, TLS_DER_BOOLEAN))
		e->ca = tls_der_take_bool(&seq);
	if (tls_span_more(&seq)) {
		/* A length that no chain reaches is as good as none. */
		struct tls_span n = tls_der_take_unsigned(&seq);

		e->path_len = n.len == 1 ? n.p[0] : TLS_EXTS_NO_PATH_LEN;
	}
	return tls_span_end(&seq) && tls_span_end(&value);
}

/* Section 4.2.1.3: at least one bit, and (X.690 section 11.2) no zero bit at the end. */
static bool read_key_usage(struct tls_exts *e, struct tls_span value)
{
	struct tls_span bits = tls_der_take(&value, TLS_DER_BIT_STRING);
	unsigned unused = tls_span_u8(&bits), last;

	if (unused > 7 || bits.len == 0 || bits.len > 2 || !tls_span_end(&value))
		return false;
	last = bits.p[bits.len - 1];
	e->usage = (unsigned)bits.p[0] << 8 | (bits.len == 2 ? bits.p[1] : 0);
	return e->usage != 0 && (last & ((1U << unused) - 1)) == 0;
}

/* Section 4.2.1.12: SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER. */
static bool read_purposes(struct tls_exts *e, struct tls_span value)
{
	struct tls_span rest = tls_der_take(&value, TLS_DER_SEQUENCE);

	e->purposes = rest;
	if (rest.len == 0)
		return false;
	while (tls_span_more(&rest))
		tls_der_take(&rest, TLS_DER_OID);
	return tls_span_end(&rest) && tls_span_end(&value);
}

/* Section 4.2.1.1: issuer and serial number are both there or both absent. */
static bool read_authority_key_id(struct tls_exts *e, struct tls_span value)
{
	struct tls_span seq = tls_der_take(&value, TLS_DER_SEQUENCE);

	if (tls_der_is(&seq, TLS_DER_CONTEXT(0)))
		e->issuer_key_id = tls_der_take(&seq, TLS_DER_CONTEXT(0));
	if (tls_der_is(&seq, TLS_DER_CONTEXT_IN(1))) {
		tls_der_take(&seq, TLS_DER_CONTEXT_IN(1));
		tls_der_take(&seq, TLS_DER_CONTEXT(2));
		e->issuer_named = true;
	}
	return tls_span_end(&seq) && tls_span_end(&value);
}

static bool read_subject_key_id(struct tls_exts *e, struct tls_span value)
{
	e->key_id = tls_der_take(&value, TLS_DER_OCTET_STRING);
	return tls_span_end(&value) && e->key_id.len > 0;
}

bool tls_exts_next_subtree(struct tls_span *rest, unsigned *kind, struct tls_span *base)
{
	struct tls_span seq;

	if (!tls_span_more(rest))
		return false;
	seq = tls_der_take(rest, TLS_DER_SEQUENCE);
	*base = tls_der_take_any(&seq, kind);
	/* Section 4.2.1.10: minimum is 0, which isn't encoded, and maximum is absent. */
	if (!tls_span_end(&seq))
		tls_span_fail(rest);
	return !rest->failed;
}

/* [n] SEQUENCE SIZE (1..MAX) OF GeneralSubtree. */
static bool read_subtrees(struct tls_span *list, struct tls_span *seq, unsigned n)
{
	struct tls_span rest, base;
	unsigned kind;

	if (!tls_der_is(seq, TLS_DER_CONTEXT_IN(n)))
		return true;
	rest = *list = tls_der_take(seq, TLS_DER_CONTEXT_IN(n));
	if (rest.len == 0)
		return false;
	while (tls_exts_next_subtree(&rest, &kind, &base))
		;
	return tls_span_end(&rest);
}

/* Section 4.2.1.10: at least one of the two. */
static bool read_name_constraints(struct tls_exts *e, struct tls_span value)
{
	struct tls_span seq = tls_der_take(&value, TLS_DER_SEQUENCE);

	if (seq.len == 0 || !read_subtrees(&e->permitted, &seq, 0) || !read_subtrees(&e->excluded, &seq, 1))
		return false;
	return tls_span_end(&seq) && tls_span_end(&value);
}

/* Decoded with the certificate. */
static bool read_san(struct tls_exts *e, struct tls_span value)
{
	(void)e;
	(void)value;
	return true;
}

/* Section 4.2.1.11: at least one of two numbers. */
static bool read_policy_constraints(struct tls_exts *e, struct tls_span value)
{
	struct tls_span seq = tls_der_take(&value, TLS_DER_SEQUENCE);

	(void)e;
	return seq.len > 0 && tls_span_end(&value);
}

/* Section 4.2.2.1: SEQUENCE SIZE (1..MAX) OF {method, location}. */
static bool read_authority_info(struct tls_exts *e, struct tls_span value)
{
	struct tls_span rest = tls_der_take(&value, TLS_DER_SEQUENCE);
	unsigned tag;

	(void)e;
	if (rest.len == 0)
		return false;
	while (tls_span_more(&rest)) {
		struct tls_span seq = tls_der_take(&rest, TLS_DER_SEQUENCE);

		tls_der_take(&seq, TLS_DER_OID);
		tls_der_take_any(&seq, &tag);
		if (!tls_span_end(&seq))
			return false;
	}
	return tls_span_end(&rest) && tls_span_end(&value);
}

/* Section 4.2.1.4: any policy will do for us, so that a list of them restricts nothing. */
static bool read_policies(struct tls_exts *e, struct tls_span value)
{
	struct tls_span rest = tls_der_take(&value, TLS_DER_SEQUENCE);

	(void)e;
	if (rest.len == 0)
		return false;
	while (tls_span_more(&rest))
		tls_der_take(&rest, TLS_DER_SEQUENCE);
	return tls_span_end(&rest) && tls_span_end(&value);
}

/* RFC 7633 section 4.1: SEQUENCE OF INTEGER, numbers of extensions of TLS; status_request is the one there is. */
static bool read_tls_feature(struct tls_exts *e, struct tls_span value)
{
	struct tls_span rest = tls_der_take(&value, TLS_DER_SEQUENCE);

	while (tls_span_more(&rest))
		e->must_staple = tls_der_take_number(&rest, UINT16_MAX) == STATUS_REQUEST || e->must_staple;
	return tls_span_end(&rest) && tls_span_end(&value);
}

/* processed: being critical is fine. Policy constraints are recognised, to judge how they are marked, and
 * not processed (nor are policy mappings): critical ones are refused with the unknown. */
static const struct {
	const char *oid;
	uint8_t oid_len;
	bool processed;
	unsigned bit;
	bool (*read)(struct tls_exts *e, struct tls_span value);
} known[] = {
#define OID(literal) literal, sizeof(literal) - 1
    {OID(TLS_OID_BASIC_CONSTRAINTS), true, TLS_EXT_BASIC_CONSTRAINTS, read_basic_constraints},
    {OID(TLS_OID_KEY_USAGE), true, TLS_EXT_KEY_USAGE, read_key_usage},
    {OID(TLS_OID_EXT_KEY_USAGE), true, TLS_EXT_EXT_KEY_USAGE, read_purposes},
    {OID(TLS_OID_SUBJECT_ALT_NAME), true, TLS_EXT_SUBJECT_ALT_NAME, read_san},
    {OID(TLS_OID_NAME_CONSTRAINTS), true, TLS_EXT_NAME_CONSTRAINTS, read_name_constraints},
    {OID(TLS_OID_AUTHORITY_KEY_ID), true, TLS_EXT_AUTHORITY_KEY_ID, read_authority_key_id},
    {OID(TLS_OID_SUBJECT_KEY_ID), true, TLS_EXT_SUBJECT_KEY_ID, read_subject_key_id},
    {OID(TLS_OID_POLICY_CONSTRAINTS), false, TLS_EXT_POLICY_CONSTRAINTS, read_policy_constraints},
    {OID(TLS_OID_AUTHORITY_INFO), false, TLS_EXT_AUTHORITY_INFO, read_authority_info},
    {OID(TLS_OID_CERT_POLICIES), true, TLS_EXT_CERT_POLICIES, read_policies},
    {OID(TLS_OID_TLS_FEATURE), true, TLS_EXT_TLS_FEATURE, read_tls_feature},
#undef OID
};

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

static bool read_extension(struct tls_exts *e, const struct tls_cert_extension *ext)
{
	for (size_t i = 0; i < N_KNOWN; i++) {
		if (!tls_mem_same(ext->oid.p, ext->oid.len, known[i].oid, known[i].oid_len))
			continue;
		e->seen |= known[i].bit;
		if (ext->critical) {
			e->critical |= known[i].bit;
			e->unknown_critical = e->unknown_critical || !known[i].processed;
		}
		return known[i].read(e, ext->value);
	}
	e->unknown_critical = e->unknown_critical || ext->critical;
	return true;
}

enum tls_flaw tls_exts_decode(struct tls_exts *exts, const struct tls_cert *cert)
{
	struct tls_span rest = cert->extensions;
	struct tls_cert_extension ext;

	*exts = (struct tls_exts){.path_len = TLS_EXTS_NO_PATH_LEN, .usage = ALL_USAGES};
	while (tls_cert_next_extension(&rest, &ext)) {
		if (!read_extension(exts, &ext))
			return TLS_FLAW_MALFORMED;
	}
	return TLS_FLAW_NONE;
}

bool tls_exts_has_purpose(const struct tls_exts *exts, struct tls_span purpose, bool any)
{
	struct tls_span rest = exts->purposes;

	if ((exts->seen & TLS_EXT_EXT_KEY_USAGE) == 0)
		return true;
	while (tls_span_more(&rest)) {
		struct tls_span oid = tls_der_take(&rest, TLS_DER_OID);

		if (tls_mem_same(oid.p, oid.len, purpose.p, purpose.len))
			return true;
		if (any && tls_oid_is(oid, TLS_OID_ANY_USAGE))
			return true;
	}
	return false;
}
