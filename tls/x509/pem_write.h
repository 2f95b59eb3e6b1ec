/* pem_write.h - PEM text (RFC 7468 section 3). */
#ifndef TLS_X509_PEM_WRITE_H
#define TLS_X509_PEM_WRITE_H

#include "../bytes/buf.h"
#include "../bytes/span.h"

/* Appends a block, lines of 64 characters. A failure is out's. Private keys pass through: no branch and no index
 * depends on the bytes. */
void tls_pem_write(struct tls_buf *out, const char *label, struct tls_span der);

#endif
