/* node.h - a certificate as path building sees it: decoded once, with what is compared most at hand. */
#ifndef TLS_X509_NODE_H
#define TLS_X509_NODE_H

#include "exts.h"

struct tls_node {
	struct tls_cert cert;
	struct tls_exts exts;
	enum tls_flaw fault; /* of the extensions; such a node is never part of a path */
	uint32_t subject_hash, issuer_hash;
	bool self_issued; /* RFC 5280 section 3.2: subject and issuer are the same name */
	bool self_signed; /* an anchor that has signed itself; known by tls_node_learn_self_signed only */
};

/* 0 or TLS_E_CERTIFICATE_ERROR. Borrows der. */
int tls_node_init(struct tls_node *node, struct tls_span der) __attribute__((warn_unused_result));

/* Checks the certificate's signature with its own key. 0 or TLS_E_MEMORY_ERROR. */
int tls_node_learn_self_signed(struct tls_node *node) __attribute__((warn_unused_result));

/* True if issuer may have issued node, by name and by key identifier where both have one. */
bool tls_node_may_issue(const struct tls_node *issuer, const struct tls_node *node);

/* True if both are the same CA: name and key. */
bool tls_node_same_ca(const struct tls_node *a, const struct tls_node *b);

#endif
