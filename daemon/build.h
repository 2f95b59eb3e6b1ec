/* build.h - from a bundle to what settings are made of: the same conf_load as the master's, with a source that
 * opens no file. So a worker checks what it gets.
 *
 * A build is run by one thread and then used by another, never by both: it shares nothing.
 */
#ifndef DAEMON_BUILD_H
#define DAEMON_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "daemon/bundle.h"
#include "daemon/resolve.h"
#include "tls/tls.h"

struct px_builder;

#define PX_BUILD_PROBLEM_LEN 400

/* Who signs for keys that are elsewhere. */
struct px_build_signer {
	tls_key_sign_func sign;
	tls_key_cancel_func cancel;
	/* The ptr of both for the key with this id: NULL when memory is out. */
	void *(*new_key)(void *arg, const uint8_t id[TLS_KEY_ID_LEN]);
	void (*free_key)(void *key);
	void *arg;
};

/* Nobody, not even for keys that are in the bundle: for who wants to know what is configured, and will not serve. */
extern const struct px_build_signer px_build_no_keys;

struct px_build {
	struct px_builder **home; /* for whom frees it later: whose thread may do that */
	const struct px_build_signer *signer; /* NULL: all keys have to be in the bundle */
	struct px_bundle *bundle; /* open until px_build_settle */
	struct conf *conf; /* NULL if problem says why */
	void **keys; /* of signer->new_key */
	size_t n_keys;
	tls_datum_t seed; /* of the tickets, which no bundle for workers has; size 0: none. The caller's. */
	char problem[PX_BUILD_PROBLEM_LEN];
};

/* Reads the bundle behind fd, which stays the caller's. True if build->conf is there. px_build_free in both
 * cases. */
bool px_build_run(struct px_build *build, int fd);

/* Who knows the addresses that the bundle has; as long as the build is not settled. */
struct px_resolver px_build_resolver(const struct px_build *build);

/* The bundle isn't needed any more. */
void px_build_settle(struct px_build *build);

/* NULL is fine. new gives NULL when memory is out. */
struct px_build *px_build_new(const struct px_build_signer *signer);
void px_build_free(struct px_build *build);

#endif
