/* x509_privkey_st.h - inside of a private key by itself, for those that sign with it. */
#ifndef TLS_X509_PRIVKEY_ST_H
#define TLS_X509_PRIVKEY_ST_H

#include "crypto/sig.h"
#include "tls.h"

struct tls_x509_privkey_st {
	struct tls_privkey *key; /* NULL: empty */
	unsigned error_line;
};

#endif
