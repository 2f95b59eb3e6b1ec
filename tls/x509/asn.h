/* asn.h - libtasn1 with the structures of pkix.asn.
 *
 * libtasn1 takes quadratic time in the number of siblings and has a history of faults with hostile
 * input: nothing goes to its decoder that tls_der_check with the limits of der.h didn't pass. It gets
 * memory by itself, not through tls_mem_alloc, and up to 4.19 at least it doesn't survive a failing
 * malloc (asn1_create_element follows a NULL pointer); neither does gmp.
 */
#ifndef TLS_X509_ASN_H
#define TLS_X509_ASN_H

#include <libtasn1.h>

#include "../bytes/buf.h"
#include "../bytes/span.h"

/* An empty structure of a type of pkix.asn ("QUENCH.Certificate"). 0 or TLS_E_MEMORY_ERROR. Released
 * with asn1_delete_structure. */
int tls_asn_new(asn1_node *node, const char *type) __attribute__((warn_unused_result));

/* Decodes der, which has passed tls_der_check. 0, TLS_E_MEMORY_ERROR, TLS_E_CERTIFICATE_ERROR; *node
 * is NULL then. */
int tls_asn_decode(asn1_node *node, const char *type, struct tls_span der)
    __attribute__((warn_unused_result));

/* The bytes of der that the named part of a decoded structure was read from, tags included; empty
 * (p NULL) if it is absent. */
struct tls_span tls_asn_part(asn1_node node, const char *name, struct tls_span der);

/* Appends the DER of node or of its named part ("" for all). 0, TLS_E_MEMORY_ERROR,
 * TLS_E_INTERNAL_ERROR for a structure that isn't filled. */
int tls_asn_encode(struct tls_buf *out, asn1_node node, const char *name)
    __attribute__((warn_unused_result));

#endif
