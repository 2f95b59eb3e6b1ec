/* told_client.h - a client session against a server that does as the input tells it and knows the keys: each
 * message of its handshake may be altered before it is hashed, signed over and protected, and anything may
 * follow. The checks are the core's own. */
#ifndef TESTS_FUZZ_TOLD_CLIENT_H
#define TESTS_FUZZ_TOLD_CLIENT_H

#include "tls/tls.h"

void told_client(tls_protocol_t version, const uint8_t *data, size_t size);

#endif
