/* node.c - see node.h. */
#include "node.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "certsig.h"
#include "dn.h"

int tls_node_init(struct tls_node *node, struct tls_span der)
{
	int ret = tls_cert_decode(&node->cert, der);

	if (ret < 0)
		return ret;
	node->fault = tls_exts_decode(&node->exts, &node->cert);
	node->subject_hash = tls_dn_hash(node->cert.subject);
	node->issuer_hash = tls_dn_hash(node->cert.issuer);
	node->self_issued = node->subject_hash == node->issuer_hash &&
	    tls_dn_same(node->cert.subject, node->cert.issuer);
	return 0;
}

int tls_node_learn_self_signed(struct tls_node *node)
{
	struct tls_certsig sig = {
	    .tbs = node->cert.tbs, .algorithm = node->cert.sig_alg, .signature = node->cert.signature};
	struct tls_pubkey *key;
	int ret = tls_cert_new_pubkey(&key, &node->cert);

	if (ret == 0)
		node->self_signed = tls_certsig_check(&sig, key) == TLS_FLAW_NONE;
	tls_pubkey_free(key);
	return ret == TLS_E_MEMORY_ERROR ? ret : 0;
}

bool tls_node_may_issue(const struct tls_node *issuer, const struct tls_node *node)
{
	struct tls_span has = issuer->exts.key_id, wants = node->exts.issuer_key_id;

	if (issuer->subject_hash != node->issuer_hash)
		return false;
	if (has.len > 0 && wants.len > 0 && !tls_mem_same(has.p, has.len, wants.p, wants.len))
		return false;
	return tls_dn_same(issuer->cert.subject, node->cert.issuer);
}

bool tls_node_same_ca(const struct tls_node *a, const struct tls_node *b)
{
	return a->subject_hash == b->subject_hash &&
	    tls_mem_same(a->cert.spki.p, a->cert.spki.len, b->cert.spki.p, b->cert.spki.len) &&
	    tls_dn_same(a->cert.subject, b->cert.subject);
}
