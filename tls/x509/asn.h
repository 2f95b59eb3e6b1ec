/* asn.h - libtasn1 with the structures of pkix.asn, to write certificates.
 *
 * It reads nothing: its decoder takes quadratic time in the number of siblings and has a history of faults
 * with hostile input; der.h is what we read with. It gets memory by itself, not through tls_mem_alloc,
 * and up to 4.19 at least it doesn't survive a failing malloc (asn1_create_element follows a NULL pointer);
 * neither does gmp.
 */
#ifndef TLS_X509_ASN_H
#define TLS_X509_ASN_H

#include <libtasn1.h>

#include "../bytes/buf.h"

/* An empty structure of a type of pkix.asn ("QUENCH.Certificate"). 0 or TLS_E_MEMORY_ERROR. Released
 * with asn1_delete_structure. */
int tls_asn_new(asn1_node *node, const char *type) __attribute__((warn_unused_result));

/* Appends the DER of node or of its named part ("" for all). 0, TLS_E_MEMORY_ERROR,
 * TLS_E_INTERNAL_ERROR for a structure that isn't filled. */
int tls_asn_encode(struct tls_buf *out, asn1_node node, const char *name)
    __attribute__((warn_unused_result));

/* A structure that is being filled; the first failure stays, and all after it does nothing. */
struct tls_asn_form {
	asn1_node node;
	int ret; /* 0 or TLS_E_* */
};

void tls_asn_begin(struct tls_asn_form *form, const char *type);

/* Sets a part. len: bytes; of a BIT STRING bits; 0 with value NULL: an optional part is left away. */
void tls_asn_put(struct tls_asn_form *form, const char *name, const void *value, size_t len);

/* Object identifiers, choices, BOOLEANs and "NEW" are given as text. */
void tls_asn_put_text(struct tls_asn_form *form, const char *name, const char *text);

/* A failure of the caller's, if there was none yet. */
void tls_asn_fail(struct tls_asn_form *form, int error);

/* Appends the DER of what was filled in; wipes and releases it. 0 or the failure. */
int tls_asn_finish(struct tls_asn_form *form, struct tls_buf *out) __attribute__((warn_unused_result));

#endif
