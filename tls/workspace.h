/* workspace.h - what the sessions of one thread share: the buffer they read into, wire buffers to lend,
 * and the expanded keys of the last two directions used.
 *
 * Nothing here belongs to a session between two calls, but for a wire buffer with bytes the transport
 * hasn't taken. An expanded key is found by the number of its key, which is never used again.
 */
#ifndef TLS_WORKSPACE_H
#define TLS_WORKSPACE_H

#include "crypto/aead.h"
#include "tls.h"

/* Reading and writing have a context each, so that a connection that does both keeps both. */
enum tls_workspace_slot { TLS_WORKSPACE_READ, TLS_WORKSPACE_WRITE, TLS_WORKSPACE_N_SLOTS };

struct tls_workspace_st {
	uint8_t *read_buf; /* TLS_WIRE_LEN bytes; lent for the length of one call */
	bool read_busy;
	uint64_t last_key_id;
	unsigned n_lent, n_spare, max_spare;
	void *spare; /* LIFO list through the first bytes of each buffer */
	struct {
		uint64_t key_id; /* 0: empty */
		struct tls_aead_ctx ctx;
	} slot[TLS_WORKSPACE_N_SLOTS];
};

/* A wire buffer of TLS_WIRE_LEN bytes, or NULL. Given back with its first used bytes wiped if secret. */
uint8_t *tls_workspace_lend(struct tls_workspace_st *w);
void tls_workspace_give_back(struct tls_workspace_st *w, uint8_t *buf);

/* A number for a new key: unique in this workspace, never 0. */
uint64_t tls_workspace_key_id(struct tls_workspace_st *w);

/* The expanded context of that key; expands it if another one is in the slot. */
struct tls_aead_ctx *tls_workspace_aead(struct tls_workspace_st *w, enum tls_workspace_slot slot,
    uint64_t key_id, enum tls_aead aead, const uint8_t *key);

/* Wipes the context of that key, if it is there. */
void tls_workspace_forget(struct tls_workspace_st *w, uint64_t key_id);

#endif
