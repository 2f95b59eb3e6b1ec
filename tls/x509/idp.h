/* idp.h - which certificates a revocation list speaks of (RFC 5280 sections 5.2.5 and 6.3.3 (b)(2)): its
 * issuingDistributionPoint against a certificate's kind and its cRLDistributionPoints. */
#ifndef TLS_X509_IDP_H
#define TLS_X509_IDP_H

#include "node.h"

#define TLS_IDP_MAX_NAMES 16

struct tls_idp {
	struct tls_span names; /* of its distribution point, GeneralName each; len 0: any */
	bool users_only, cas_only;
	enum tls_flaw fault; /* why the list can't be used, or TLS_FLAW_NONE */
};

/* From the content of the extension, which is borrowed. Without the extension a struct of zeros speaks of all. */
void tls_idp_decode(struct tls_idp *idp, struct tls_span value);

/* True if a list with it speaks of this certificate, whatever the reasons of a revocation are. */
bool tls_idp_covers(const struct tls_idp *idp, const struct tls_node *node);

#endif
