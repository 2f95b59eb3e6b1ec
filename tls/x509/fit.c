/* fit.c - see fit.h. */
#include "fit.h"

#include "oid.h"
#include "profile.h"

#define SERIAL_HEAD_LEN 2
#define SERIAL_MAX_LEN 20

static enum tls_flaw fit_dates(const struct tls_judge_ask *ask, const struct tls_cert *cert)
{
	if (ask->any_time)
		return TLS_FLAW_NONE;
	if (ask->now < cert->not_before)
		return TLS_FLAW_NOT_ACTIVATED;
	return ask->now > cert->not_after ? TLS_FLAW_EXPIRED : TLS_FLAW_NONE;
}

/* What holds for every certificate of a path. */
static enum tls_flaw fit_any(const struct tls_judge_ask *ask, const struct tls_node *node)
{
	if (node->fault != TLS_FLAW_NONE)
		return node->fault;
	if (node->exts.unknown_critical)
		return TLS_FLAW_UNKNOWN_EXTENSION;
	/* Section 4.1.2.2: at most 20 bytes. */
	if (node->cert.serial.len > SERIAL_HEAD_LEN + SERIAL_MAX_LEN)
		return TLS_FLAW_SERIAL;
	return fit_dates(ask, &node->cert);
}

static struct tls_span purpose(const struct tls_judge_ask *ask)
{
	return ask->of_client ? tls_span(TLS_OID_CLIENT_AUTH, sizeof(TLS_OID_CLIENT_AUTH) - 1)
			      : tls_span(TLS_OID_SERVER_AUTH, sizeof(TLS_OID_SERVER_AUTH) - 1);
}

enum tls_flaw tls_fit_leaf(const struct tls_judge_ask *ask, const struct tls_node *leaf)
{
	const struct tls_exts *e = &leaf->exts;
	enum tls_flaw fault = fit_any(ask, leaf);

	if (fault != TLS_FLAW_NONE)
		return fault;
	/* Section 4.2.1.9: without cA no certificates are signed; section 4.2.1.10: nor constrained. */
	if ((e->seen & TLS_EXT_KEY_USAGE) != 0 && (e->usage & TLS_USAGE_CERT_SIGN) != 0 && !e->ca)
		return TLS_FLAW_CONTRADICTION;
	if ((e->seen & TLS_EXT_NAME_CONSTRAINTS) != 0 && !e->ca)
		return TLS_FLAW_CONTRADICTION;
	/* RFC 8446 section 4.4.2.2, RFC 8422 section 5.3: the key signs the handshake. */
	if ((!e->ca || ask->for_handshake) && (e->usage & TLS_USAGE_DIGITAL_SIGNATURE) == 0)
		return TLS_FLAW_PURPOSE;
	if (!tls_exts_has_purpose(e, purpose(ask), !ask->strict))
		return TLS_FLAW_PURPOSE;
	return ask->strict ? tls_profile_leaf(leaf) : TLS_FLAW_NONE;
}

enum tls_flaw tls_fit_issuer(const struct tls_judge_ask *ask, const struct tls_node *issuer, unsigned n_below,
    bool is_anchor)
{
	const struct tls_exts *e = &issuer->exts;
	enum tls_flaw fault = fit_any(ask, issuer);

	if (fault != TLS_FLAW_NONE)
		return fault;
	/* Section 6.1.4 (k): version 3 with cA, (n): keyCertSign if there is keyUsage at all. */
	if (issuer->cert.version != 3)
		return TLS_FLAW_VERSION;
	if (!e->ca)
		return TLS_FLAW_NOT_A_CA;
	if ((e->usage & TLS_USAGE_CERT_SIGN) == 0)
		return TLS_FLAW_NO_CERT_SIGN;
	if (e->path_len != TLS_EXTS_NO_PATH_LEN && n_below > e->path_len)
		return TLS_FLAW_PATH_LEN;
	/* Baseline Requirements 7.1.2.10.6: a CA's extKeyUsage binds all below it. */
	if (!tls_exts_has_purpose(e, purpose(ask), true))
		return TLS_FLAW_PURPOSE;
	return ask->strict ? tls_profile_issuer(issuer, is_anchor) : TLS_FLAW_NONE;
}

int tls_fit_key(struct tls_pubkey **key, enum tls_flaw *fault, const struct tls_judge_ask *ask,
    const struct tls_node *node)
{
	int ret = tls_cert_new_pubkey(key, &node->cert);

	*fault = TLS_FLAW_NONE;
	if (ret == TLS_E_MEMORY_ERROR)
		return ret;
	/* Baseline Requirements 6.1.5: a modulus of whole bytes. */
	if (ret < 0 || (ask->strict && tls_pubkey_kind(*key) == TLS_PK_RSA && tls_pubkey_bits(*key) % 8 != 0)) {
		*fault = TLS_FLAW_WEAK_KEY;
		tls_pubkey_free(*key);
		*key = NULL;
	}
	return 0;
}
