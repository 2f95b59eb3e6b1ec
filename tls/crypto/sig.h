/* sig.h - signature keys and signatures: RSA (PSS and PKCS#1 v1.5), ECDSA, Ed25519
 * (RFC 8446 section 4.2.3).
 *
 * Numbers are big-endian byte strings. Keys are opaque, on the heap, wiped when freed; they are
 * never changed after they were made, so any number of sessions may use one.
 */
#ifndef TLS_CRYPTO_SIG_H
#define TLS_CRYPTO_SIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../bytes/buf.h"
#include "../bytes/span.h"
#include "rng.h"

enum tls_pk { TLS_PK_RSA, TLS_PK_ECDSA_P256, TLS_PK_ECDSA_P384, TLS_PK_ECDSA_P521, TLS_PK_ED25519 };

#define TLS_SIG_MAX_LEN 1024 /* RSA 8192 */
#define TLS_RSA_MIN_BITS 2048
#define TLS_RSA_MAX_BITS 8192

/* A signature scheme, by its number in RFC 8446 (TLS_SIGN_* of tls.h). */
struct tls_sig_scheme {
	uint16_t id;
	const char *name; /* IANA's name: "ecdsa_secp256r1_sha256", ... */
	bool tls13;       /* may sign a CertificateVerify of TLS 1.3 */
};

struct tls_pubkey;
struct tls_privkey;

const struct tls_sig_scheme *tls_sig_by_id(uint16_t id);
const struct tls_sig_scheme *tls_sig_by_name(const char *name);

/* True if it is RSA keys that make signatures of this scheme. */
bool tls_sig_is_rsa(uint16_t scheme) __attribute__((warn_unused_result));

/* True if a key of this kind and size makes signatures of this scheme in TLS 1.3: ECDSA schemes are
 * bound to their curve there, rsa_pss_rsae_* goes with RSA, whose modulus must hold hash and salt.
 */
bool tls_sig_fits(uint16_t scheme, const struct tls_pubkey *pub) __attribute__((warn_unused_result));

/* The same for TLS 1.2, where the numbers name a hash and an algorithm: any curve goes with any ECDSA
 * scheme's hash, and RSA may sign PKCS#1 v1.5 as well (RFC 5246 section 7.4.1.4.1, RFC 8446 section 4.2.3). */
bool tls_sig_fits12(uint16_t scheme, const struct tls_pubkey *pub) __attribute__((warn_unused_result));

/* Public keys. 0, or TLS_E_UNSUPPORTED_KEY (size, exponent), TLS_E_ILLEGAL_KEY (not on the curve,
 * even modulus, ...), TLS_E_MEMORY_ERROR; then *out is NULL. Point: uncompressed, 0x04 || x || y.
 * RSA below TLS_RSA_MIN_BITS or above TLS_RSA_MAX_BITS is refused before any arithmetic, as is an
 * exponent of more than 64 bits. new_rsa_min: with another lower bound, for old test vectors. */
int tls_pubkey_new_rsa(struct tls_pubkey **out, struct tls_span n, struct tls_span e)
    __attribute__((warn_unused_result));
int tls_pubkey_new_rsa_min(
    struct tls_pubkey **out, struct tls_span n, struct tls_span e, unsigned min_bits)
    __attribute__((warn_unused_result));
int tls_pubkey_new_ecdsa(struct tls_pubkey **out, enum tls_pk kind, struct tls_span point)
    __attribute__((warn_unused_result));
int tls_pubkey_new_ed25519(struct tls_pubkey **out, struct tls_span key)
    __attribute__((warn_unused_result));
void tls_pubkey_free(struct tls_pubkey *pub);
enum tls_pk tls_pubkey_kind(const struct tls_pubkey *pub);
unsigned tls_pubkey_bits(const struct tls_pubkey *pub);

/* Writes the public key as a SubjectPublicKeyInfo's BIT STRING holds it: the point, the 32 bytes,
 * or for RSA the DER of RSAPublicKey. *len: room in, bytes out. 0 or TLS_E_SHORT_MEMORY_BUFFER. */
int tls_pubkey_bytes(const struct tls_pubkey *pub, uint8_t *out, size_t *len)
    __attribute__((warn_unused_result));

/* Private keys; the public half is derived and (RSA) the parts are checked against each other.
 * rsa: n, e, d, p, q, dp, dq, qinv in PKCS#1's order. scalar: at most the order's length. seed: 32.
 * 0 or an error as above. */
int tls_privkey_new_rsa(struct tls_privkey **out, const struct tls_span parts[8])
    __attribute__((warn_unused_result));
int tls_privkey_new_rsa_min(
    struct tls_privkey **out, const struct tls_span parts[8], unsigned min_bits)
    __attribute__((warn_unused_result));
int tls_privkey_new_ecdsa(struct tls_privkey **out, enum tls_pk kind, struct tls_span scalar)
    __attribute__((warn_unused_result));
int tls_privkey_new_ed25519(struct tls_privkey **out, struct tls_span seed)
    __attribute__((warn_unused_result));
/* A fresh key on a curve (or Ed25519), for certificates made on the spot. Also TLS_E_RANDOM_FAILED.
 */
int tls_privkey_generate(struct tls_privkey **out, enum tls_pk kind, const struct tls_rng *rng)
    __attribute__((warn_unused_result));
/* The same for RSA, exponent 65537. bits: TLS_RSA_MIN_BITS to TLS_RSA_MAX_BITS, in whole bytes
 * (TLS_E_UNSUPPORTED_KEY). Takes up to seconds. */
int tls_privkey_generate_rsa(struct tls_privkey **out, unsigned bits, const struct tls_rng *rng)
    __attribute__((warn_unused_result));
void tls_privkey_free(struct tls_privkey *key);

/* Appends the private part as its own standard has it: RSAPrivateKey (RFC 8017 appendix A.1.2), the scalar as long
 * as the order, the 32 bytes of the seed. A failure is out's. */
void tls_privkey_write(struct tls_buf *out, const struct tls_privkey *key);

/* The public half; lives as long as key. */
const struct tls_pubkey *tls_privkey_public(const struct tls_privkey *key);

/* True if the two public keys are the same key. */
bool tls_pubkey_same(const struct tls_pubkey *a, const struct tls_pubkey *b)
    __attribute__((warn_unused_result));

/* Signs msg (hashed inside as the scheme says). sig has TLS_SIG_MAX_LEN bytes. RSA signatures are
 * checked before they are given out (a fault in a CRT half would give the key away). ECDSA as DER
 * (RFC 3279), its nonce from rng, key and message. Any curve signs with any ECDSA scheme's hash
 * here: TLS 1.3's binding is tls_sig_fits. 0, TLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM if key and
 * scheme don't go together, TLS_E_RANDOM_FAILED, TLS_E_INTERNAL_ERROR. */
int tls_sig_sign(uint8_t *sig, size_t *sig_len, const struct tls_privkey *key, uint16_t scheme,
    const uint8_t *msg, size_t msg_len, const struct tls_rng *rng)
    __attribute__((warn_unused_result));

/* True if sig is a valid signature of msg. ECDSA signatures must be strict DER; any curve
 * goes with any ECDSA scheme's hash (as in certificates and TLS 1.2). */
bool tls_sig_verify(const struct tls_pubkey *pub, uint16_t scheme, const uint8_t *msg,
    size_t msg_len, const uint8_t *sig, size_t sig_len) __attribute__((warn_unused_result));

#endif
