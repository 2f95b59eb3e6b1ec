/* crl.h - certificate revocation lists (RFC 5280 sections 5 and 6.3): read by the operator: full ones, and parts of such
 * (idp.h). One of its changes only (a delta list, section 5.2.4) may add a revocation, and says nothing else.
 *
 * A list is indexed by serial number when it is read. Who signed it is known only with a path, so its
 * signature is checked then, against the issuer in the path or another key of it (crlkey.h); the key that it was good
 * for is remembered, so that a long list is hashed once and not for each peer.
 */
#ifndef TLS_X509_CRL_H
#define TLS_X509_CRL_H

#include "../crypto/sig.h"
#include "node.h"
#include "trust.h"

#define TLS_CRL_MAX_LEN (16U << 20)

struct tls_crl;

struct tls_crls {
	struct tls_crl *first, **last;
};

void tls_crls_init(struct tls_crls *crls);
void tls_crls_clear(struct tls_crls *crls);

/* One list; copied. 0, TLS_E_CRL_ERROR, TLS_E_MEMORY_ERROR. */
int tls_crls_add(struct tls_crls *crls, struct tls_span der) __attribute__((warn_unused_result));

/* Every "X509 CRL" of PEM text; other blocks are passed over. The number of lists, or
 * TLS_E_NO_CRL_FOUND, TLS_E_CRL_ERROR, TLS_E_BASE64_DECODING_ERROR, TLS_E_MEMORY_ERROR with the line at fault in
 * *line; those before it have been added then. */
int tls_crls_add_pem(struct tls_crls *crls, unsigned *line, struct tls_span text)
    __attribute__((warn_unused_result));

/* When the list at index, as they were added, is out of date; false if it is not there, or never. */
bool tls_crls_next_update(int64_t *next, const struct tls_crls *crls, size_t index);

/* A question to the lists. */
struct tls_crls_ask {
	const struct tls_node *subject, *issuer; /* issuer's key has signed subject */
	const struct tls_pubkey *issuer_key;
	const struct tls_crls *crls; /* those that are asked, for whether a key of lists is revoked */
	const struct tls_node *others; /* certificates of other keys of the issuer may be among these */
	size_t n_others;
	const struct tls_trust *trust; /* and among these; may be NULL */
	const struct tls_node *above; /* whose key has signed issuer; NULL: issuer is the anchor */
	unsigned *n_tried; /* how many of them were tried; goes up. NULL: none is */
	int64_t now;
	bool any_time; /* dates don't matter */
	bool strict; /* RFC 5280 section 5.2.3: CRLNumber must be there */
	bool required; /* no list is a fault */
};

/* True if there is a list of this issuer, so that asking makes sense. crls may be NULL. */
bool tls_crls_have(const struct tls_crls *crls, const struct tls_node *issuer);

/* TLS_FLAW_NONE, TLS_FLAW_REVOKED; if no list of the issuer can be used: why the first one can't, TLS_FLAW_CRL_STALE,
 * _FUTURE, _UNUSABLE, _SIGNER, _INDIRECT, _REASONS, or TLS_FLAW_CRL_SCOPE when there are only such as speak of
 * others; without any TLS_FLAW_NONE, or if required TLS_FLAW_CRL_MISSING. */
enum tls_flaw tls_crls_check(const struct tls_crls *crls, const struct tls_crls_ask *ask)
    __attribute__((warn_unused_result));

#endif
