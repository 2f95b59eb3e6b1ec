/* key_update.h - KeyUpdate, RFC 8446 section 4.6.3. */
#ifndef TLS_MSG_KEY_UPDATE_H
#define TLS_MSG_KEY_UPDATE_H

#include "../bytes/buf.h"
#include "../bytes/span.h"

int tls_key_update_decode(bool *requested, struct tls_span body) __attribute__((warn_unused_result));
void tls_key_update_encode(struct tls_buf *b, bool requested);

#endif
