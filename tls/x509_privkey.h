/* x509_privkey.h - the part of tls.h that is private keys by themselves: for a process that holds keys and signs for
 * the sessions of others (tls_certificate_set_x509_key_func). Included by tls.h alone. */
#ifndef TLS_X509_PRIVKEY_H
#define TLS_X509_PRIVKEY_H

/* A private key, wiped when it is freed. It is not changed by signing: any number of threads may use one. */
typedef struct tls_x509_privkey_st *tls_x509_privkey_t;

/* An empty key, and its end (NULL is fine). 0 or TLS_E_MEMORY_ERROR. */
int tls_x509_privkey_init(tls_x509_privkey_t *key);
void tls_x509_privkey_deinit(tls_x509_privkey_t key);

/* Takes the first private key of data: PKCS#8, SEC1 or PKCS#1; copied, in place of what key had. 0 or, with key as it
 * was, TLS_E_NO_KEY_FOUND, TLS_E_BASE64_DECODING_ERROR, TLS_E_KEY_ERROR, TLS_E_KEY_ENCRYPTED, TLS_E_UNSUPPORTED_KEY,
 * TLS_E_ILLEGAL_KEY, TLS_E_MEMORY_ERROR. */
int tls_x509_privkey_import(tls_x509_privkey_t key, const tls_datum_t *data, tls_x509_crt_fmt_t format);

/* The line (from 1) of the PEM text where the last import into key failed; 0 when it didn't, or the fault has none. */
unsigned tls_x509_privkey_error_line(tls_x509_privkey_t key);

/* By what key and certificate find each other: the SHA-256 of the public key's SubjectPublicKeyInfo (RFC 5280 section
 * 4.1.2.7) in its usual form. Equal for two of them exactly when the public keys are. crt: that of the first
 * certificate in data. 0; TLS_E_NO_KEY_FOUND for an empty key; TLS_E_NO_CERTIFICATE_FOUND, TLS_E_CERTIFICATE_ERROR,
 * TLS_E_BASE64_DECODING_ERROR, TLS_E_UNSUPPORTED_KEY, TLS_E_ILLEGAL_KEY, TLS_E_MEMORY_ERROR. */
#define TLS_KEY_ID_LEN 32
int tls_x509_privkey_get_key_id(tls_x509_privkey_t key, uint8_t id[TLS_KEY_ID_LEN]);
int tls_x509_crt_get_key_id(const tls_datum_t *data, tls_x509_crt_fmt_t format, uint8_t id[TLS_KEY_ID_LEN]);

/* Signs data (all of it, no hash) by scheme, one of TLS_SIGN_*: as tls_key_sign_func has to. signature->data has room
 * for signature->size bytes, at least TLS_SIGNATURE_MAX_LEN; size takes how many were written. An RSA signature has been
 * checked. 0; TLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM when the key can't sign so, TLS_E_NO_KEY_FOUND for an empty key,
 * TLS_E_SHORT_MEMORY_BUFFER, TLS_E_RANDOM_FAILED, TLS_E_INTERNAL_ERROR.
 *
 * The second one signs nothing but what a server signs in a handshake (RFC 8446 section 4.4.3, RFC 8422 section 5.4),
 * so that whoever may ask for it can't have certificates, tokens or a client's proof made; TLS_E_INVALID_REQUEST. */
int tls_x509_privkey_sign_data(tls_x509_privkey_t key, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature);
int tls_x509_privkey_sign_handshake(tls_x509_privkey_t key, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature);

#endif
