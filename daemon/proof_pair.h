/* proof_pair.h - one handshake in memory: our server with a certificate, our client asking for it. */
#ifndef DAEMON_PROOF_PAIR_H
#define DAEMON_PROOF_PAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "tls/tls.h"

/* What goes one way and was not read yet. */
#define PX_PROOF_PIPE_LEN 131072
#define PX_PROOF_FAULT_LEN 512
struct px_proof_pipe {
	unsigned char bytes[PX_PROOF_PIPE_LEN];
	size_t at, end;
};

/* Buffers that one handshake after the other uses. */
struct px_proof_pair {
	struct px_proof_pipe up, down; /* to the server, to the client */
	tls_workspace_t workspace;
	char fault[PX_PROOF_FAULT_LEN]; /* what the client found wrong with the chain; "": nothing */
};

/* 0 or TLS_E_MEMORY_ERROR. */
int px_proof_pair_init(struct px_proof_pair *pair);
void px_proof_pair_clear(struct px_proof_pair *pair);

struct px_proof_ask {
	tls_certificate_credentials_t server; /* one chain, with its key */
	tls_policy_t policy; /* the service's */
	tls_certificate_credentials_t trust; /* the client's */
	tls_policy_t client_policy; /* has the version */
	const char *name; /* asked for and looked for in the certificate; NULL: none */
	bool is_address; /* it isn't asked for then */
};

/* 0, or the TLS_E_* that ended it on the side that found it. */
int px_proof_pair_run(struct px_proof_pair *pair, const struct px_proof_ask *ask);

#endif
