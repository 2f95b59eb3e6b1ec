/* proof_trial.h - one certificate shows that it works. */
#ifndef DAEMON_PROOF_TRIAL_H
#define DAEMON_PROOF_TRIAL_H

#include "conf/conf.h"
#include "daemon/proof_pair.h"

#define PX_PROOF_CHAIN_MAX 16
#define PX_PROOF_NAME_LEN 256
#define PX_PROOF_REASON_LEN 700

struct px_proof_trial {
	/* What is tried. */
	const struct conf_service *service; /* whose credentials have the keys */
	const struct conf_certificate *certificate; /* a served one */
	bool both; /* in each of two versions */
	/* What is found out. */
	tls_datum_t chain[PX_PROOF_CHAIN_MAX]; /* the credentials' own */
	unsigned n_chain;
	tls_certificate_info_t info; /* of the leaf */
	char name[PX_PROOF_NAME_LEN];
	struct px_proof_ask ask;
	struct px_proof_pair *pair;
	unsigned n_handshakes;
	char fault[PX_PROOF_REASON_LEN];
};

/* Fills chain and info. 0 or TLS_E_*. */
int px_proof_trial_look(struct px_proof_trial *trial);

/* 0, or -1 with a reason in fault. Different ones may run in different threads, each with a pair of its own. */
int px_proof_trial_run(struct px_proof_trial *trial, struct px_proof_pair *pair);

#endif
