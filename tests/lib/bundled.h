/* bundled.h - bundles for tests: a configuration, and a fresh certificate for whatever chain it names. */
#ifndef TESTS_LIB_BUNDLED_H
#define TESTS_LIB_BUNDLED_H

#include <stdint.h>

#include "daemon/bundle.h"
#include "tls/tls.h"

struct bundled_pair {
	tls_datum_t chain, key; /* PEM */
	uint8_t id[TLS_KEY_ID_LEN];
};

/* A P-256 certificate for name. */
void bundled_pair_make(struct bundled_pair *pair, const char *name);
void bundled_pair_clear(struct bundled_pair *pair);

/* Begins a bundle whose main file is "t/main.conf" with this text. */
void bundled_begin(struct px_bundle_writer *writer, const char *text);

/* Adds "t/NAME.pem" and "t/NAME.key": the key itself, or (away) only its id. */
void bundled_add_pair(struct px_bundle_writer *writer, const struct bundled_pair *pair, const char *name, int away);

void bundled_add(struct px_bundle_writer *writer, enum px_bundle_kind kind, const char *name, const void *bytes,
    size_t len);

/* All of it: text, with this pair as "a". */
int bundled_make(const char *text, const struct bundled_pair *pair);

#endif
