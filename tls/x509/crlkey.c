/* crlkey.c - see crlkey.h. Sections are those of RFC 5280. */
#include "crlkey.h"

#include "../bytes/mem.h"
#include "dn.h"

/* What can be said of the certificate alone. The name's constraints are those of the issuer, which has the same. */
static bool may_sign_lists(const struct tls_node *node, struct tls_span key_id, const struct tls_crls_ask *ask)
{
	const struct tls_node *issuer = ask->issuer;
	struct tls_span has = node->exts.key_id;

	if (node->subject_hash != issuer->subject_hash || tls_node_same_ca(node, issuer) ||
	    !tls_dn_same(node->cert.subject, issuer->cert.subject))
		return false;
	if (node->fault != TLS_FLAW_NONE || node->exts.unknown_critical ||
	    (node->exts.usage & TLS_USAGE_CRL_SIGN) == 0)
		return false;
	if (!ask->any_time && (ask->now < node->cert.not_before || ask->now > node->cert.not_after))
		return false;
	return key_id.len == 0 || has.len == 0 || tls_mem_same(key_id.p, key_id.len, has.p, has.len);
}

static bool is_signed(const struct tls_node *node, const struct tls_node *by, const struct tls_pubkey *key)
{
	struct tls_certsig sig = {
	    .tbs = node->cert.tbs, .algorithm = node->cert.sig_alg, .signature = node->cert.signature};

	return tls_node_may_issue(by, node) && tls_certsig_check(&sig, key) == TLS_FLAW_NONE;
}

/* By who certified the issuer, whose lists may say that it is over. */
static bool is_certified_above(const struct tls_node *node, const struct tls_crls_ask *ask)
{
	struct tls_crls_ask above = {.subject = node, .issuer = ask->above, .now = ask->now, .any_time = ask->any_time};
	struct tls_pubkey *key;
	bool good;

	if (ask->above == NULL || tls_cert_new_pubkey(&key, &ask->above->cert) < 0)
		return false;
	above.issuer_key = key;
	good = is_signed(node, ask->above, key) && tls_crls_check(ask->crls, &above) != TLS_FLAW_REVOKED;
	tls_pubkey_free(key);
	return good;
}

/* By the issuer itself, which is a new or an old key of the same name then: section 3.2, self-issued. */
static bool is_certified(const struct tls_node *node, const struct tls_crls_ask *ask)
{
	struct tls_crls_ask same = {.subject = node,
	    .issuer = ask->issuer,
	    .issuer_key = ask->issuer_key,
	    .now = ask->now,
	    .any_time = ask->any_time};

	if (is_signed(node, ask->issuer, ask->issuer_key))
		return tls_crls_check(ask->crls, &same) != TLS_FLAW_REVOKED;
	return is_certified_above(node, ask);
}

/* One certificate that may be of such a key. */
struct trial {
	void *list;
	tls_crlkey_try try;
	struct tls_span key_id;
	const struct tls_crls_ask *ask;
};

static bool has_signed(const struct trial *t, const struct tls_node *node)
{
	struct tls_pubkey *key;
	bool good;

	if (!may_sign_lists(node, t->key_id, t->ask) || *t->ask->n_tried >= TLS_CRLKEY_MAX)
		return false;
	++*t->ask->n_tried;
	if (!is_certified(node, t->ask) || tls_cert_new_pubkey(&key, &node->cert) < 0)
		return false;
	good = t->try(t->list, key);
	tls_pubkey_free(key);
	return good;
}

bool tls_crlkey_find(void *list, tls_crlkey_try try, struct tls_span key_id, const struct tls_crls_ask *ask)
{
	struct trial t = {.list = list, .try = try, .key_id = key_id, .ask = ask};
	const struct tls_node *anchor = NULL;

	if (ask->n_tried == NULL)
		return false;
	for (size_t i = 0; i < ask->n_others; i++) {
		if (has_signed(&t, &ask->others[i]))
			return true;
	}
	while ((anchor = tls_trust_next(ask->trust, ask->issuer->subject_hash, anchor)) != NULL) {
		if (has_signed(&t, anchor))
			return true;
	}
	return false;
}
