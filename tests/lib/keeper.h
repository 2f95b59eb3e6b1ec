/* keeper.h - private keys that somebody else has: a session that signs through one, and its peer that doesn't,
 * in each role and version. */
#ifndef TESTS_LIB_KEEPER_H
#define TESTS_LIB_KEEPER_H

#include "duo.h"
#include "pair.h"
#include "tls/credentials.h"
#include "tls/crypto/hash.h"

enum role { SERVER13, CLIENT13, SERVER12, CLIENT12, N_ROLES };

struct keeper_key {
	const char *crt, *key; /* files of tests/data */
};

#define N_KEYS 3
#define KEY_P256 0
#define KEY_RSA 1
#define KEY_ED25519 2
extern const struct keeper_key keeper_keys[N_KEYS];

/* Who has the key. */
struct keeper {
	tls_certificate_credentials_t here; /* where its key really is */
	unsigned not_yet; /* how often it has no answer */
	int answer; /* what it says then */
	size_t size; /* the length it says; 0: the true one */
	size_t flip; /* a byte of the signature that it spoils, from 1 */
	void (*meddle)(tls_session_t s);

	unsigned n_asked, n_cancelled;
	int mark; /* its request is the address */
	uint8_t asked[TLS_HASH_MAX_LEN]; /* hash of what is to be signed */
};

/* The functions, ptr is the struct keeper. What is asked, and how, is checked; then it does as it is told. */
int keeper_sign(tls_session_t s, void *ptr, void **request, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature);
void keeper_cancel(void *ptr, void *request);

/* Credentials with the chain of keeper_keys[key], whose key k has. The caller frees them, and k->here. */
tls_certificate_credentials_t keeper_credentials(struct keeper *k, unsigned key);

/* One side that signs through a keeper, and another one that doesn't. */
struct scene {
	enum role role;
	struct keeper keeper;
	tls_certificate_credentials_t cred;
	struct duo duo;
	struct pair pair;
	struct wire *wire;
	tls_session_t s; /* the side that signs */
};

void scene_init(struct scene *c, enum role role, unsigned key);
void scene_clear(struct scene *c);

/* Lets the other side do what it can. True if it is established. */
void scene_run_other(struct scene *c);
bool scene_other_content(const struct scene *c);

/* Runs both until the side that signs has a result, or waits for its key: what tls_handshake gave. */
int scene_run_to_key(struct scene *c);

/* Runs both to the end, however often the key says not yet. */
int scene_run(struct scene *c);

#endif
