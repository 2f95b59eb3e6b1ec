/* trust.c - see trust.h. */
#include "trust.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "dn.h"
#include "pem.h"

struct tls_anchor {
	struct tls_node node; /* first: a node of ours is an anchor */
	struct tls_anchor *next; /* in its bucket */
	uint8_t *der;
};

void tls_trust_init(struct tls_trust *trust)
{
	*trust = (struct tls_trust){.n_anchors = 0};
	tls_hash_init(&trust->hash, TLS_HASH_SHA256);
	tls_buf_init(&trust->names, TLS_TRUST_NAMES_MAX_LEN);
}

static void anchor_free(struct tls_anchor *anchor)
{
	if (anchor == NULL)
		return;
	tls_mem_free(anchor->der);
	tls_mem_free(anchor);
}

void tls_trust_clear(struct tls_trust *trust)
{
	for (size_t i = 0; i < TLS_TRUST_BUCKETS; i++) {
		struct tls_anchor *anchor = trust->buckets[i];

		while (anchor != NULL) {
			struct tls_anchor *next = anchor->next;

			anchor_free(anchor);
			anchor = next;
		}
	}
	tls_buf_clear(&trust->names);
	tls_trust_init(trust);
}

static struct tls_anchor *anchor_new(struct tls_span der)
{
	struct tls_anchor *anchor = tls_mem_alloc(sizeof(*anchor));

	if (anchor == NULL)
		return NULL;
	anchor->der = tls_mem_dup(der.p, der.len);
	if (anchor->der == NULL) {
		tls_mem_free(anchor);
		return NULL;
	}
	return anchor;
}

static void count_in(struct tls_trust *trust, struct tls_span der)
{
	uint8_t len[4] = {(uint8_t)(der.len >> 24), (uint8_t)(der.len >> 16), (uint8_t)(der.len >> 8),
	    (uint8_t)der.len};

	tls_hash_update(&trust->hash, len, sizeof(len));
	tls_hash_update(&trust->hash, der.p, der.len);
	trust->n_anchors++;
}

static bool is_named(const struct tls_trust *trust, const struct tls_node *node)
{
	const struct tls_node *other = NULL;

	while ((other = tls_trust_next(trust, node->subject_hash, other)) != NULL)
		if (tls_dn_same(other->cert.subject, node->cert.subject))
			return true;
	return false;
}

/* Called before the anchor is linked. */
static int name_anchor(struct tls_trust *trust, const struct tls_node *node)
{
	struct tls_span subject = node->cert.subject;
	struct tls_block name;

	if (trust->n_names > TLS_TRUST_MAX_NAMES || tls_dn_is_empty(subject) || is_named(trust, node))
		return 0;
	if (trust->n_names == TLS_TRUST_MAX_NAMES ||
	    subject.len + 2 > TLS_TRUST_NAMES_MAX_LEN - trust->names.len) {
		tls_buf_clear(&trust->names);
		trust->n_names = TLS_TRUST_MAX_NAMES + 1;
		return 0;
	}
	name = tls_buf_open(&trust->names, 2);
	tls_buf_span(&trust->names, subject);
	tls_buf_close(&trust->names, name);
	trust->n_names++;
	return tls_buf_ok(&trust->names) ? 0 : TLS_E_MEMORY_ERROR;
}

struct tls_span tls_trust_names(const struct tls_trust *trust)
{
	return tls_buf_as_span(&trust->names);
}

/* At the end of its bucket, so that anchors come in the order they were added. */
static void link_anchor(struct tls_trust *trust, struct tls_anchor *anchor)
{
	struct tls_anchor **at = &trust->buckets[anchor->node.subject_hash % TLS_TRUST_BUCKETS];

	while (*at != NULL)
		at = &(*at)->next;
	*at = anchor;
}

int tls_trust_add(struct tls_trust *trust, struct tls_span der)
{
	struct tls_anchor *anchor;
	bool known = false;
	int ret;

	if (der.len == 0)
		return TLS_E_CERTIFICATE_ERROR;
	anchor = anchor_new(der);
	if (anchor == NULL)
		return TLS_E_MEMORY_ERROR;
	ret = tls_node_init(&anchor->node, tls_span(anchor->der, der.len));
	/* Only the rule on missing key identifiers has to know. */
	if (ret == 0 && !anchor->node.self_issued && anchor->node.exts.issuer_key_id.len == 0)
		ret = tls_node_learn_self_signed(&anchor->node);
	if (ret == 0 && tls_trust_find(trust, &anchor->node) == NULL)
		ret = name_anchor(trust, &anchor->node);
	else
		known = true;
	if (ret < 0 || known) {
		anchor_free(anchor);
		return ret;
	}
	link_anchor(trust, anchor);
	count_in(trust, der);
	return 0;
}

static int take(void *trust, struct tls_span der)
{
	return tls_trust_add(trust, der);
}

int tls_trust_add_pem(struct tls_trust *trust, unsigned *line, struct tls_span text)
{
	static const char *const labels[] = {"CERTIFICATE", "X509 CERTIFICATE", NULL};
	struct tls_pem pem;
	int n;

	tls_pem_init(&pem, text);
	n = tls_pem_take_all(&pem, line, labels, take, trust);
	return n != 0 ? n : TLS_E_NO_CERTIFICATE_FOUND;
}

const struct tls_node *tls_trust_next(const struct tls_trust *trust, uint32_t subject_hash,
    const struct tls_node *after)
{
	const struct tls_anchor *anchor;

	if (after != NULL)
		anchor = ((const struct tls_anchor *)after)->next;
	else
		anchor = trust != NULL ? trust->buckets[subject_hash % TLS_TRUST_BUCKETS] : NULL;
	while (anchor != NULL && anchor->node.subject_hash != subject_hash)
		anchor = anchor->next;
	return anchor != NULL ? &anchor->node : NULL;
}

const struct tls_node *tls_trust_find(const struct tls_trust *trust, const struct tls_node *node)
{
	const struct tls_node *at = NULL;

	while ((at = tls_trust_next(trust, node->subject_hash, at)) != NULL) {
		if (tls_mem_same(at->cert.der.p, at->cert.der.len, node->cert.der.p, node->cert.der.len))
			return at;
	}
	return NULL;
}

void tls_trust_digest(const struct tls_trust *trust, uint8_t digest[TLS_TRUST_DIGEST_LEN])
{
	tls_hash_peek(&trust->hash, digest);
}
