/* idp.c - see idp.h. */
#include "idp.h"

#include "../bytes/mem.h"
#include "der.h"
#include "dn.h"
#include "oid.h"

/* ---- The list's side */

/* DistributionPointName: fullName [0] GeneralNames. A name relative to the issuer's isn't read: false. */
static bool take_names(struct tls_span *names, struct tls_span *seq)
{
	struct tls_span box = tls_der_take(seq, TLS_DER_CONTEXT_IN(0));

	if (!tls_der_is(&box, TLS_DER_CONTEXT_IN(0)))
		return false;
	*names = tls_der_take(&box, TLS_DER_CONTEXT_IN(0));
	return tls_span_end(&box) && names->len > 0;
}

static bool take_flag(struct tls_span *seq, unsigned n)
{
	struct tls_span v;

	if (!tls_der_is(seq, TLS_DER_CONTEXT(n)))
		return false;
	v = tls_der_take(seq, TLS_DER_CONTEXT(n));
	/* An encoded FALSE is against DER but in use. */
	if (v.len != 1 || (v.p[0] != 0 && v.p[0] != 0xff))
		tls_span_fail(seq);
	return !seq->failed && v.p[0] != 0;
}

static bool names_are_few(struct tls_span names)
{
	unsigned tag, n = 0;

	for (; tls_span_more(&names) && n <= TLS_IDP_MAX_NAMES; n++)
		tls_der_take_any(&names, &tag);
	return tls_span_end(&names) && n <= TLS_IDP_MAX_NAMES;
}

void tls_idp_decode(struct tls_idp *idp, struct tls_span value)
{
	struct tls_span seq = tls_der_take(&value, TLS_DER_SEQUENCE);
	bool named = true, some_reasons, indirect, attributes;

	*idp = (struct tls_idp){.fault = TLS_FLAW_NONE};
	if (tls_der_is(&seq, TLS_DER_CONTEXT_IN(0)))
		named = take_names(&idp->names, &seq) && names_are_few(idp->names);
	idp->users_only = take_flag(&seq, 1);
	idp->cas_only = take_flag(&seq, 2);
	some_reasons = tls_der_is(&seq, TLS_DER_CONTEXT(3));
	if (some_reasons)
		tls_der_take(&seq, TLS_DER_CONTEXT(3));
	indirect = take_flag(&seq, 4);
	attributes = take_flag(&seq, 5);
	if (!tls_span_end(&seq) || !tls_span_end(&value) || !named || attributes)
		idp->fault = TLS_FLAW_CRL_UNUSABLE;
	else if (indirect)
		idp->fault = TLS_FLAW_CRL_INDIRECT;
	else if (some_reasons)
		idp->fault = TLS_FLAW_CRL_REASONS;
}

/* ---- The certificate's side */

static bool same_name(unsigned tag, struct tls_span a, struct tls_span b)
{
	if (tag == TLS_CERT_NAME_DIRECTORY)
		return tls_dn_is_valid(a) && tls_dn_is_valid(b) && tls_dn_same(a, b);
	return tls_mem_same(a.p, a.len, b.p, b.len);
}

static bool has_name(struct tls_span names, unsigned tag, struct tls_span value)
{
	unsigned other;

	while (tls_span_more(&names)) {
		struct tls_span v = tls_der_take_any(&names, &other);

		if (!names.failed && other == tag && same_name(tag, v, value))
			return true;
	}
	return false;
}

/* A point with reasons of its own, or with another issuer of lists, has none of all revocations. */
static bool point_has_one_of(struct tls_span point, struct tls_span wanted)
{
	struct tls_span names;
	unsigned tag;

	if (!tls_der_is(&point, TLS_DER_CONTEXT_IN(0)) || !take_names(&names, &point) || !tls_span_end(&point))
		return false;
	while (tls_span_more(&wanted)) {
		struct tls_span value = tls_der_take_any(&wanted, &tag);

		if (has_name(names, tag, value))
			return true;
	}
	return false;
}

/* RFC 5280 section 4.2.1.13. */
static bool points_at(const struct tls_cert *cert, struct tls_span wanted)
{
	struct tls_span rest = cert->extensions, points;
	struct tls_cert_extension ext;

	while (tls_cert_next_extension(&rest, &ext)) {
		if (!tls_oid_is(ext.oid, TLS_OID_CRL_POINTS))
			continue;
		points = tls_der_take(&ext.value, TLS_DER_SEQUENCE);
		while (tls_span_more(&points))
			if (point_has_one_of(tls_der_take(&points, TLS_DER_SEQUENCE), wanted))
				return true;
	}
	return false;
}

bool tls_idp_covers(const struct tls_idp *idp, const struct tls_node *node)
{
	if ((idp->users_only && node->exts.ca) || (idp->cas_only && !node->exts.ca))
		return false;
	return idp->names.len == 0 || points_at(&node->cert, idp->names);
}
