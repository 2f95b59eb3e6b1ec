/* base64.h - base64 with the ordinary digits and padding (RFC 4648 section 4). */
#ifndef DAEMON_CTL_BASE64_H
#define DAEMON_CTL_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#define PX_BASE64_LEN(n) (((n) + 2) / 3 * 4 + 1) /* of n bytes, with the NUL */

/* out has PX_BASE64_LEN(len) bytes. */
void px_base64_encode(char *out, const void *data, size_t len);

/* The text of len bytes, whole: no blanks, padded, and the bits that are left are 0. out has len / 4 * 3 bytes; *n_out
 * takes how many were written. False for any other text. */
bool px_base64_decode(unsigned char *out, size_t *n_out, const char *text, size_t len) __attribute__((warn_unused_result));

#endif
