/* encrypted_extensions.h - EncryptedExtensions, RFC 8446 section 4.3.1. */
#ifndef TLS_MSG_ENCRYPTED_EXTENSIONS_H
#define TLS_MSG_ENCRYPTED_EXTENSIONS_H

#include "ext.h"

struct tls_encrypted_extensions {
	struct tls_span groups; /* u16 each; empty: not given */
	uint16_t record_size_limit; /* 0: not given */
	struct tls_span alpn; /* the protocol's name; empty: not given */
	bool server_name; /* the name was used: an empty server_name (RFC 6066 section 3) */
};

int tls_encrypted_extensions_decode(struct tls_encrypted_extensions *m, struct tls_span body)
    __attribute__((warn_unused_result));
void tls_encrypted_extensions_encode(struct tls_buf *b, const struct tls_encrypted_extensions *m);

#endif
