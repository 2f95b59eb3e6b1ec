/* wycheproof.h - running a file of Wycheproof's test vectors.
 *
 * The files are read from the folder that the environment variable QUENCH_VECTORS names; without it
 * there is nothing to run. Each vector is given to one function, whose verdict must be the expected
 * one.
 */
#ifndef TESTS_VECTORS_WYCHEPROOF_H
#define TESTS_VECTORS_WYCHEPROOF_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/crypto/hash.h"

/* SKIPPED: parameters that the product doesn't have. */
enum wyche_verdict { WYCHE_REFUSED, WYCHE_ACCEPTED, WYCHE_SKIPPED };

typedef enum wyche_verdict wyche_run_func(const json_t *group, const json_t *vector);

struct wyche_file {
	const char *name;
	wyche_run_func *run;
	unsigned n_min; /* at least this many vectors are run, not skipped */
};

struct wyche_bytes {
	size_t len;
	uint8_t *p; /* on the heap: so that a sanitizer sees a read past the end */
};

/* A field's hexadecimal text as bytes; release with wyche_free. */
struct wyche_bytes wyche_hex(const json_t *object, const char *field);
void wyche_free(struct wyche_bytes bytes);

/* A field's text and number; the test fails if it isn't there. */
const char *wyche_text(const json_t *object, const char *field);
int wyche_number(const json_t *object, const char *field);

/* True if the vector has that flag. */
bool wyche_flag(const json_t *vector, const char *flag);

/* "SHA-256", ...: false for a hash we don't have. */
bool wyche_hash(enum tls_hash *hash, const char *name);

/* wycheproof_mac.c: AEADs, HMAC, HKDF. wycheproof_key.c: key exchange. wycheproof_sig.c:
 * signatures. wycheproof_kem.c: ML-KEM. */
wyche_run_func wyche_aes_gcm, wyche_chacha20_poly1305;
wyche_run_func wyche_hmac_sha256, wyche_hmac_sha384, wyche_hkdf_sha256, wyche_hkdf_sha384;
wyche_run_func wyche_ecdh, wyche_x25519;
wyche_run_func wyche_mlkem, wyche_mlkem_generate, wyche_mlkem_encapsulate, wyche_mlkem_decapsulate;
wyche_run_func wyche_ecdsa, wyche_ed25519, wyche_rsa_pss, wyche_rsa_pkcs1;

#endif
