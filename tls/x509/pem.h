/* pem.h - the bounded reader of PEM text (RFC 7468).
 *
 * Text around blocks is skipped; inside a block everything is strict: base64 lines with right padding,
 * an END line of the same label. The old encapsulated headers (RFC 1421) are understood only so far
 * that an encrypted key is recognised. Private keys pass through: base64 is decoded without branch or
 * index on its characters, and every copy is wiped.
 */
#ifndef TLS_X509_PEM_H
#define TLS_X509_PEM_H

#include <stdbool.h>
#include <stddef.h>

#include "../bytes/buf.h"
#include "../bytes/span.h"

#define TLS_PEM_MAX_TEXT (16U << 20)

/* A walk over text, which it borrows. */
struct tls_pem {
	struct tls_span rest;
	unsigned line; /* lines read so far; after an error: the line at fault */
	size_t max_len; /* of one block's DER: TLS_DER_MAX_LEN unless the caller changes it */
};

struct tls_pem_block {
	struct tls_span label; /* between BEGIN and the dashes; borrowed from the text */
	struct tls_buf der; /* own memory, at most max_len bytes */
	unsigned line; /* of BEGIN */
	bool encrypted; /* headers say so; der is then the ciphertext */
};

void tls_pem_init(struct tls_pem *pem, struct tls_span text);

/* The next block; the caller clears it. 0, TLS_E_REQUESTED_DATA_NOT_AVAILABLE at the end of the text,
 * TLS_E_BASE64_DECODING_ERROR for a fault at pem->line, TLS_E_MEMORY_ERROR. After anything but 0
 * block is empty and the walk is over. */
int tls_pem_next(struct tls_pem *pem, struct tls_pem_block *block) __attribute__((warn_unused_result));

/* Wipes and releases. */
void tls_pem_block_clear(struct tls_pem_block *block);

/* True if the block has this label. */
bool tls_pem_is(const struct tls_pem_block *block, const char *label);

/* Takes one DER into what to is: 0 or an error. */
typedef int (*tls_pem_take)(void *to, struct tls_span der);

/* Gives take every block left of the walk whose label is one of labels, a list that NULL ends; other blocks are
 * skipped. The number of those taken (*line is 0 then), or the first error of the text or of take, *line telling
 * where: a block's BEGIN or the line at fault. */
int tls_pem_take_all(struct tls_pem *pem, unsigned *line, const char *const *labels, tls_pem_take take, void *to)
	__attribute__((warn_unused_result));

#endif
