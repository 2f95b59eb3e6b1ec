/* trust.h - the trust anchors: certificates that we have for true, found by subject.
 *
 * Filled once, then read by any number of searches. It owns a copy of each certificate. An anchor isn't
 * checked when it is added beyond being a certificate: what it may do is judged with the path it ends.
 */
#ifndef TLS_X509_TRUST_H
#define TLS_X509_TRUST_H

#include "../bytes/buf.h"
#include "../crypto/hash.h"
#include "node.h"

#define TLS_TRUST_BUCKETS 256
#define TLS_TRUST_DIGEST_LEN 32
#define TLS_TRUST_MAX_NAMES 64
#define TLS_TRUST_NAMES_MAX_LEN 16384

struct tls_anchor;

struct tls_trust {
	struct tls_anchor *buckets[TLS_TRUST_BUCKETS];
	size_t n_anchors;
	struct tls_hash_ctx hash; /* over the anchors, in the order they came */
	struct tls_buf names; /* empty: none, or too many, or too long */
	unsigned n_names; /* over TLS_TRUST_MAX_NAMES then */
};

void tls_trust_init(struct tls_trust *trust);
void tls_trust_clear(struct tls_trust *trust);

/* One certificate. 0 (also when it is there already), TLS_E_CERTIFICATE_ERROR, TLS_E_MEMORY_ERROR. */
int tls_trust_add(struct tls_trust *trust, struct tls_span der) __attribute__((warn_unused_result));

/* Every certificate of PEM text; other blocks are passed over. The number of certificates read, or
 * TLS_E_NO_CERTIFICATE_FOUND, TLS_E_CERTIFICATE_ERROR, TLS_E_BASE64_DECODING_ERROR, TLS_E_MEMORY_ERROR with
 * the line at fault in *line; those before it have been added then. */
int tls_trust_add_pem(struct tls_trust *trust, unsigned *line, struct tls_span text)
    __attribute__((warn_unused_result));

/* The anchors whose subject may be this hash, one after the other: after NULL comes the first, NULL is the end.
 * trust may be NULL. */
const struct tls_node *tls_trust_next(const struct tls_trust *trust, uint32_t subject_hash,
    const struct tls_node *after);

/* The subjects of all anchors, each once, {u16 length, DER} as a CertificateRequest lists them; empty when they are more
 * than TLS_TRUST_MAX_NAMES or TLS_TRUST_NAMES_MAX_LEN bytes: some of them would say that the others aren't trusted. */
struct tls_span tls_trust_names(const struct tls_trust *trust);

/* The anchor that is this certificate, or NULL. */
const struct tls_node *tls_trust_find(const struct tls_trust *trust, const struct tls_node *node);

/* SHA-256 over all anchors in their order; of none, too. */
void tls_trust_digest(const struct tls_trust *trust, uint8_t digest[TLS_TRUST_DIGEST_LEN]);

#endif
