/* dn.h - distinguished names: walked, compared, printed (RFC 5280 sections 4.1.2.4 and 7.1, RFC 4514).
 *
 * A name is given as its whole element, as in struct tls_cert. Two values are the same when their characters
 * are, whatever string type they have, without regard to the case of ASCII letters and to the amount of
 * white space: what a CA wrote as PrintableString and its customer as UTF8String is one name, and no
 * exclusion is escaped by a capital letter.
 */
#ifndef TLS_X509_DN_H
#define TLS_X509_DN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../bytes/buf.h"
#include "../bytes/span.h"

#define TLS_DN_RDN_MAX 8 /* attributes in one set: names with more are refused, so that comparing is linear */

struct tls_dn_attribute {
	struct tls_span type; /* content of the OBJECT IDENTIFIER */
	struct tls_span value; /* content */
	unsigned tag; /* of the value */
	bool first; /* of its set */
};

/* A walk over all attributes: begin gives what next takes from the front. False at the end. */
struct tls_dn_walk {
	struct tls_span rdns, set;
};

struct tls_dn_walk tls_dn_begin(struct tls_span name);
bool tls_dn_next(struct tls_dn_walk *walk, struct tls_dn_attribute *attribute);

/* True for a well-formed name. The functions below take such names only. */
bool tls_dn_is_valid(struct tls_span name) __attribute__((warn_unused_result));

bool tls_dn_is_empty(struct tls_span name);
bool tls_dn_same(struct tls_span a, struct tls_span b);

/* True if name begins with all the sets of base (RFC 5280 section 4.2.1.10). */
bool tls_dn_is_within(struct tls_span name, struct tls_span base);

/* The same for names that are the same. */
uint32_t tls_dn_hash(struct tls_span name);

/* Appends the name as text, last attribute first, "CN=leaf, O=Example": printable ASCII, anything else as
 * \XX. What doesn't fit out is left away. */
void tls_dn_print(struct tls_buf *out, struct tls_span name);

/* Appends the common name in UTF-8. False if there is none, or more than one (which of them is meant?), or if it is
 * empty, no text, badly encoded, or has control characters: whoever reads it shall not be surprised. Then, and when it
 * doesn't fit, what out has is of no use. */
bool tls_dn_common_name(struct tls_buf *out, struct tls_span name) __attribute__((warn_unused_result));

#endif
