/* keystore.h - the private keys of the keeper, by their ids.
 *
 * Three generations: the keys in force, those before them, for handshakes and workers that still have the settings of
 * then, and those of a reload that has not been decided yet. All three are asked. A key that stands in more than one is
 * held once, and not read a second time.
 */
#ifndef DAEMON_KEYSTORE_H
#define DAEMON_KEYSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/tls.h"

struct px_keystore_key {
	uint8_t id[TLS_KEY_ID_LEN];
	tls_x509_privkey_t key;
	unsigned holds; /* generations it stands in */
};

/* Keys in the order of their ids. */
struct px_key_generation {
	struct px_keystore_key **keys;
	size_t n, room;
};

struct px_keystore {
	struct px_key_generation next, current, previous;
	bool filling; /* next is being filled: not asked yet */
	bool waiting; /* next is whole, and asked, and waits for commit or cancel */
};

#define PX_KEYSTORE_MAX 100000 /* keys of one generation */

/* An empty store, and its end: all keys are wiped. */
void px_keystore_init(struct px_keystore *store);
void px_keystore_clear(struct px_keystore *store);

/* A new generation: begin, add for each key, end (asked from then on) or drop. One that still waited for its verdict
 * counts as committed with begin. add: id is what the key is asked for by, and has to be its own. 0, or TLS_E_*: then
 * the caller drops the generation. A key that comes twice is fine. */
void px_keystore_begin(struct px_keystore *store);
int px_keystore_add(struct px_keystore *store, const uint8_t id[TLS_KEY_ID_LEN], const tls_datum_t *pem);
void px_keystore_end(struct px_keystore *store);

/* The verdict: in force from now on, or forgotten. Nothing happens when nothing waits. */
void px_keystore_commit(struct px_keystore *store);
void px_keystore_drop(struct px_keystore *store);

/* The key of this id, or NULL. */
tls_x509_privkey_t px_keystore_find(const struct px_keystore *store, const uint8_t id[TLS_KEY_ID_LEN]);

#endif
