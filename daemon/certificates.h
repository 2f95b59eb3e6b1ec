/* certificates.h - what is told of the certificates in force: by quenchctl certificates, the metrics, the status. A copy
 * for the master, which keeps neither credentials nor keys. */
#ifndef DAEMON_CERTIFICATES_H
#define DAEMON_CERTIFICATES_H

#include "conf/conf.h"

#define PX_CERTIFICATE_NAMES_LEN 4096 /* of the text of all names; what goes beyond is left out */

/* One that isn't served (then aside says why) has nothing from not_before on. All text is printable ASCII. */
struct px_certificate {
	char *service;
	char *chain, *key; /* paths, as opened */
	char *staple; /* NULL: none */
	char *aside; /* why its files can't be used as they are now; NULL: they can */
	bool served; /* with aside: as it was before */
	/* An earlier one that is served looks the same by service, chain and names; that is set aside, by service, chain and
	 * reason. A list may name a pair of files twice, and a character that can't be shown is a "?". */
	bool served_again, aside_again;
	char *names; /* DNS names and addresses, a space between two; "" without any */
	unsigned n_names; /* in names */
	int64_t not_before, not_after; /* of the certificate itself; seconds since 1970 */
	int64_t expires; /* the first of the whole chain to do so */
	const char *key_kind; /* "RSA", "P-256", ...; NULL: not known */
	unsigned key_bits;
	char *serial; /* hexadecimal, as the certificate has it */
	char fingerprint[2 * TLS_FINGERPRINT_LEN + 1]; /* SHA-256, hexadecimal */
};

/* In the order of the configuration. */
struct px_certificates {
	struct px_certificate *list;
	unsigned n;
};

/* Tells of conf, whose credentials are still there. 0, or -1 when memory is out: it is empty then. */
int px_certificates_make(struct px_certificates *out, const struct conf *conf);

/* Of an empty one, too. */
void px_certificates_clear(struct px_certificates *certificates);

/* How many of those served expire before a time; how many are set aside. */
unsigned px_certificates_expiring(const struct px_certificates *certificates, int64_t before);
unsigned px_certificates_aside(const struct px_certificates *certificates);

#endif
