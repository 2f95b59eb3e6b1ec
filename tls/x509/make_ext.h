/* make_ext.h - inside make.c: the extensions of a certificate that is being made (RFC 5280 section 4.2). */
#ifndef TLS_X509_MAKE_EXT_H
#define TLS_X509_MAKE_EXT_H

#include "asn.h"
#include "make.h"

/* Puts those that follow from the request into a Certificate. */
void tls_make_ext_put(struct tls_asn_form *m, const struct tls_make_request *request);

#endif
