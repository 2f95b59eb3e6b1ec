/* san.h - whether a certificate is for the one we meant to talk to (RFC 9525 section 6).
 *
 * subjectAltName alone decides; the subject's common name is never looked at. A wildcard is the whole left-most
 * label, stands for one label, and has at least two labels behind it. Addresses are compared as bytes.
 */
#ifndef TLS_X509_SAN_H
#define TLS_X509_SAN_H

#include <stdbool.h>
#include <stdint.h>

#include "cert.h"

/* kind: TLS_CERT_NAME_DNS (an A-label form, no trailing dot), TLS_CERT_NAME_IP (4 or 16 bytes),
 * TLS_CERT_NAME_EMAIL. What is no valid name of its kind never matches. */
struct tls_san_wanted {
	unsigned kind;
	struct tls_span value;
};

/* What a host is held against: an address if it is one as text (its bytes go to ip), else a DNS name. Borrows. */
#define TLS_SAN_IP_MAX_LEN 16
struct tls_san_wanted tls_san_wanted_host(const char *hostname, uint8_t ip[TLS_SAN_IP_MAX_LEN]);

/* True if a name of the certificate matches: a wildcard as the whole left-most label (RFC 9525 section 6.3). */
bool tls_san_has(const struct tls_cert *cert, const struct tls_san_wanted *wanted);

#endif
