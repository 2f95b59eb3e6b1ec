/* credentials.h - certificates and keys as the handshake uses them: chosen by server name and by what
 * the client can verify.
 *
 * Credentials are filled through tls.h and frozen by the first tls_credentials_hold; from then on they
 * are read-only, so any number of sessions in any number of threads may share them. They live until
 * the caller and the last session have let go. RFC 8446 section 4.4.2.2, RFC 6066 section 3, RFC 9525.
 */
#ifndef TLS_CREDENTIALS_H
#define TLS_CREDENTIALS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes/span.h"
#include "crypto/sig.h"
#include "tls.h"
#include "x509/index.h"

/* Who has a key that isn't here: the functions of tls_certificate_set_x509_key_func. */
struct tls_cred_keeper {
	tls_key_sign_func sign;
	tls_key_cancel_func cancel; /* may be NULL */
	void *ptr;
};

/* A chain, its key, and the names it serves. Everything belongs to the credentials. */
struct tls_cred_entry {
	struct tls_span *chain; /* DER certificates, leaf first */
	size_t n_chain;
	size_t n_own; /* the first ones are its own; those behind them are common */
	struct tls_privkey *key; /* NULL: somebody else has it, and signs through keeper */
	struct tls_cred_keeper keeper;
	struct tls_pubkey *pub; /* its public half, when there is no key */
	struct tls_span staple; /* an OCSP response for the leaf; empty: none */
	struct tls_span *names; /* the leaf's usable dNSName entries: exact, or "*." and a name */
	size_t n_names;
};

struct tls_cred_trust;
struct tls_crls;
struct tls_trust;

/* Certificates behind the leaf, each kept once however many chains have it: a hash table, a power of two. */
struct tls_cred_common {
	struct tls_span *slots;
	size_t n, n_slots;
};

/* Inside: for credentials.c, credentials_choose.c, credentials_common.c and credentials_trust.c alone. */
struct tls_certificate_credentials_st {
	struct tls_cred_entry **entries;
	size_t n_entries, room;
	struct tls_index index; /* names to numbers of entries */
	struct tls_cred_common common;
	tls_certificate_credentials_t lender; /* whose the entries are, held; NULL: they are ours */
	bool strict_sni;
	tls_certificate_verify_function *verify;
	struct tls_cred_trust *trust; /* NULL: none; credentials_trust.c knows it */
	unsigned error_line;
	bool error_in_key;
	atomic_uint holds;
	atomic_bool frozen;
};

/* Takes a hold on cred and freezes it: the functions of tls.h that fill it are refused with
 * TLS_E_INVALID_REQUEST from now on. Release lets go; the last one frees. NULL is fine for release. */
void tls_credentials_hold(tls_certificate_credentials_t cred);
void tls_credentials_release(tls_certificate_credentials_t cred);

/* Room for n more. 0 or TLS_E_MEMORY_ERROR. */
int tls_credentials_reserve_common(struct tls_cred_common *common, size_t n) __attribute__((warn_unused_result));

/* Takes the memory of der over, and gives where its bytes are kept. Room has been reserved. */
struct tls_span tls_credentials_make_common(struct tls_cred_common *common, struct tls_span der);
void tls_credentials_clear_common(struct tls_cred_common *common);

/* True if there is a chain to present. cred may be NULL. */
static inline bool tls_credentials_have_key(const struct tls_certificate_credentials_st *cred)
{
	return cred != NULL && cred->n_entries > 0;
}

/* The public key of the entry's leaf; lives as long as the entry. */
static inline const struct tls_pubkey *tls_credentials_public(const struct tls_cred_entry *entry)
{
	return entry->key != NULL ? tls_privkey_public(entry->key) : entry->pub;
}

/* Whom they trust and how chains are judged: NULL, NULL and 0 when nothing was said. */
const struct tls_trust *tls_credentials_trust(const struct tls_certificate_credentials_st *cred);
const struct tls_crls *tls_credentials_crls(const struct tls_certificate_credentials_st *cred);
unsigned tls_credentials_verify_flags(const struct tls_certificate_credentials_st *cred);
void tls_credentials_free_trust(struct tls_cred_trust *trust);

/* What tls_certificate_set_verify_function gave, or NULL. cred may be NULL. */
tls_certificate_verify_function *tls_credentials_verify_function(
    const struct tls_certificate_credentials_st *cred);

/* What resumption is bound to: a digest of the authorities that a peer's chain may lead to; zeros without any. cred
 * may be NULL. */
#define TLS_CREDENTIALS_DIGEST_LEN 32
void tls_credentials_trust_digest(
    const struct tls_certificate_credentials_st *cred, uint8_t digest[TLS_CREDENTIALS_DIGEST_LEN]);

/* Chooses the chain to present and the scheme to sign with. Pure.
 *   sni        the client's server name, any bytes; len 0: none was sent
 *   schemes    what the client takes in CertificateVerify (signature_algorithms)
 *   ours       what we may sign with, in our order of preference, which decides
 * Candidates are the entries for exactly this name, then those for its wildcard; for a name that none
 * serves, the first entry and those that share a name with it (so a pair of keys works there, too).
 * 0; TLS_E_INSUFFICIENT_CREDENTIALS when there are no entries, TLS_E_UNRECOGNIZED_NAME when none has
 * the name and strict SNI is set, TLS_E_NO_COMMON_SIGNATURE_ALGORITHM. out lives as long as cred. */
int tls_credentials_choose(const struct tls_certificate_credentials_st *cred,
    const struct tls_cred_entry **out, uint16_t *scheme, struct tls_span sni,
    const uint16_t *schemes, size_t n_schemes, const uint16_t *ours, size_t n_ours)
    __attribute__((warn_unused_result));

/* The same by other rules than those of TLS 1.3: fits says whether a key may sign so; ptr is handed to it. */
struct tls_cred_ask {
	struct tls_span sni;
	const uint16_t *schemes, *ours;
	size_t n_schemes, n_ours;
	bool (*fits)(const void *ptr, uint16_t scheme, const struct tls_pubkey *pub);
	const void *ptr;
};

int tls_credentials_choose_by(const struct tls_certificate_credentials_st *cred,
    const struct tls_cred_entry **out, uint16_t *scheme, const struct tls_cred_ask *ask)
    __attribute__((warn_unused_result));

#endif
