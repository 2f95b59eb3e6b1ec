/* chain.c - see chain.h. */
#include "chain.h"

#include "../bytes/mem.h"
#include "../tls.h"

/* Byte for byte: RFC 5280 section 4.1.2.6 has the issuer encode its subject as it is in its own
 * certificate. */
static bool issued_by(const struct tls_cert *cert, const struct tls_cert *issuer)
{
	return tls_mem_same(cert->issuer.p, cert->issuer.len, issuer->subject.p, issuer->subject.len);
}

bool tls_chain_is_self_issued(const struct tls_cert *cert)
{
	return issued_by(cert, cert);
}

/* A self-issued certificate may stand in the middle when it certifies another key (roll-over, RFC 5280
 * section 3.2); a self-signed one ends the chain. */
static bool is_root_again(const struct tls_cert *cert, const struct tls_cert *next)
{
	return tls_chain_is_self_issued(cert) &&
	    tls_mem_same(cert->spki.p, cert->spki.len, next->spki.p, next->spki.len);
}

int tls_chain_check(size_t *at, const struct tls_cert *certs, size_t n)
{
	*at = 0;
	if (n == 0)
		return TLS_E_NO_CERTIFICATE_FOUND;
	if (n > TLS_CHAIN_MAX) {
		*at = TLS_CHAIN_MAX;
		return TLS_E_TOO_MANY_CERTIFICATES;
	}
	for (size_t i = 0; i + 1 < n; i++) {
		if (issued_by(&certs[i], &certs[i + 1]) && !is_root_again(&certs[i], &certs[i + 1]))
			continue;
		*at = i + 1;
		return TLS_E_CERTIFICATE_LIST_UNSORTED;
	}
	return 0;
}
