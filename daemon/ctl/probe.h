/* probe.h - quenchctl probe: what is asked for. */
#ifndef DAEMON_CTL_PROBE_H
#define DAEMON_CTL_PROBE_H

#include "dial.h"
#include "story.h"
#include "tls/tls.h"

#define PX_PROBE_ALPN_MAX 16
#define PX_PROBE_TRUST_MAX 16 /* files */

struct px_probe_options {
	const char *text; /* the target as it was given */
	struct px_dial_address target, connect; /* connect: where to connect to, the target unless it is given */
	char name[PX_DIAL_HOST_LEN]; /* whom the certificate must be for; "": anybody */
	bool send_name; /* it goes into SNI */
	tls_policy_t policy;
	tls_certificate_credentials_t cred;
	tls_datum_t trust[PX_PROBE_TRUST_MAX]; /* what cred trusts, as it was read; owned */
	unsigned n_trust;
	char alpn_text[PX_DIAL_HOST_LEN];
	tls_datum_t alpn[PX_PROBE_ALPN_MAX]; /* in alpn_text */
	unsigned n_alpn;
	unsigned proxy; /* version of the header to send, 0: none */
	unsigned timeout; /* milliseconds, of each step */
	bool resume, key_update, renegotiate, insecure, json;
	bool certificate; /* there is one to give */
	bool input; /* standard input goes to the peer */
};

/* The subcommand: argv[0] is what messages begin with. The exit status: 0 all went well, 1 a step failed, 2 the call is
 * wrong or a file can't be read. */
int px_probe_main(int argc, char **argv);

#endif
