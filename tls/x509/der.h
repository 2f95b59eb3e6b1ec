/* der.h - the bounded reader of DER (X.690 sections 8 and 10).
 *
 * It reads on a tls_span and latches like it: a wrong tag, a length that isn't minimal, indefinite or
 * longer than what is there fails the span, and everything read later is empty. It never recurses and
 * never allocates. A certificate passes tls_der_check first, so that size, depth and number of elements
 * are bounded for all that walks it later.
 */
#ifndef TLS_X509_DER_H
#define TLS_X509_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../bytes/span.h"

#define TLS_DER_MAX_LEN 65536 /* of one certificate or key */
#define TLS_DER_MAX_DEPTH 16
#define TLS_DER_MAX_ELEMENTS 1024

/* Identifier octets. Tag numbers above 30 don't occur in what we read and are refused. */
#define TLS_DER_BOOLEAN 0x01
#define TLS_DER_INTEGER 0x02
#define TLS_DER_BIT_STRING 0x03
#define TLS_DER_OCTET_STRING 0x04
#define TLS_DER_NULL 0x05
#define TLS_DER_OID 0x06
#define TLS_DER_ENUMERATED 0x0a
#define TLS_DER_UTC_TIME 0x17
#define TLS_DER_GENERALIZED_TIME 0x18
#define TLS_DER_SEQUENCE 0x30
#define TLS_DER_SET 0x31
#define TLS_DER_CONTEXT(n) (0x80 | (n)) /* [n] IMPLICIT of a primitive type */
#define TLS_DER_CONTEXT_IN(n) (0xa0 | (n)) /* [n] EXPLICIT, or IMPLICIT of a constructed type */

/* The content of the next element, which must have this tag. A failure fails both spans. */
struct tls_span tls_der_take(struct tls_span *s, unsigned tag);

/* The next element of any tag: its content; the tag goes to *tag. */
struct tls_span tls_der_take_any(struct tls_span *s, unsigned *tag);

/* The next element as a whole, identifier and length included, which must have this tag. */
struct tls_span tls_der_take_whole(struct tls_span *s, unsigned tag);

/* True if the next element has this tag: for OPTIONAL and CHOICE. */
bool tls_der_is(const struct tls_span *s, unsigned tag);

/* The content of an INTEGER of any sign in its shortest form: two's complement, the first nine bits neither all 0 nor
 * all 1 (X.690 section 8.3.2). */
struct tls_span tls_der_take_integer(struct tls_span *s);

/* A non-negative INTEGER as big-endian bytes without leading zero (0 is one zero byte). */
struct tls_span tls_der_take_unsigned(struct tls_span *s);

/* A non-negative INTEGER of at most max. */
uint32_t tls_der_take_number(struct tls_span *s, uint32_t max);

/* A BOOLEAN: 0x00 or 0xff (X.690 section 11.1). */
bool tls_der_take_bool(struct tls_span *s);

/* The bytes of a BIT STRING that fills its last byte. */
struct tls_span tls_der_take_bits(struct tls_span *s);

/* UTCTime or GeneralizedTime in the forms of RFC 5280 section 4.1.2.5 (seconds, Z), as seconds since
 * 1970. UTCTime years 50..99 are 19xx. */
int64_t tls_der_take_time(struct tls_span *s);

/* True if s is exactly one well-formed element of at most max_depth levels (itself counts, at most
 * TLS_DER_MAX_DEPTH) and max_elements elements. One pass, no recursion. */
bool tls_der_check(struct tls_span s, unsigned max_depth, size_t max_elements)
    __attribute__((warn_unused_result));

#endif
