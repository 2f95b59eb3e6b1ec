/* pre_shared_key.h - the extensions pre_shared_key and psk_key_exchange_modes, RFC 8446 sections 4.2.9, 4.2.11. */
#ifndef TLS_MSG_PRE_SHARED_KEY_H
#define TLS_MSG_PRE_SHARED_KEY_H

#include "../bytes/buf.h"
#include "../bytes/span.h"

/* A client's offer. Lists keep the wire's form and are checked: as many binders as identities. */
struct tls_psk_offer {
	struct tls_span identities; /* {u16 length, identity, u32 hidden age} each; empty: no offer */
	struct tls_span binders; /* {u8 length, binder} each */
	size_t tail_len; /* bytes of the hello, at its end, that the binders don't cover */
};

struct tls_psk_identity {
	struct tls_span identity, binder;
	uint32_t hidden_age;
};

/* 0, TLS_E_UNEXPECTED_PACKET_LENGTH, TLS_E_ILLEGAL_PARAMETER for lists of different lengths. */
int tls_psk_offer_decode(struct tls_psk_offer *offer, struct tls_span body)
    __attribute__((warn_unused_result));

/* Takes the next identity with its binder from the front. False at the end. */
bool tls_psk_offer_next(struct tls_psk_offer *rest, struct tls_psk_identity *one);

/* Writes the extension for one identity, at the end of a hello; its binder is binder_len zeros, the last bytes,
 * to be filled in when all of the hello is written. */
void tls_psk_offer_encode(struct tls_buf *b, struct tls_span identity, uint32_t hidden_age, size_t binder_len);

/* *dhe: psk_dhe_ke is among the modes. The other one, without a key exchange, is never used. */
int tls_psk_modes_decode(bool *dhe, struct tls_span body) __attribute__((warn_unused_result));
void tls_psk_modes_encode(struct tls_buf *b);

#endif
