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

#endif
