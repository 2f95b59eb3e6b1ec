/* ip.h - IP addresses in text form (RFC 4291 section 2.2; IPv4 as four decimal numbers). */
#ifndef TLS_X509_IP_H
#define TLS_X509_IP_H

#include <stddef.h>
#include <stdint.h>

#include "../bytes/span.h"

/* Reads text as a whole: the number of bytes put into ip (4 or 16), 0 if it is no address. No scope,
 * no prefix length, no brackets, no leading zeros in IPv4. */
size_t tls_ip_read(uint8_t ip[16], struct tls_span text);

#endif
