/* keymsg.h - what goes through a keeper channel: a SEQPACKET socket between one worker and the keeper. A message is a
 * request or an answer, whole, in the byte order of the machine. */
#ifndef DAEMON_KEYMSG_H
#define DAEMON_KEYMSG_H

#include <stdint.h>

#include "tls/tls.h"

/* What a server signs is at most 201 bytes (TLS 1.2 on secp521r1); the rest is room. */
#define PX_KEY_DATA_MAX 1024

/* Worker to keeper: sign len bytes of data by scheme with the key of key_id. */
struct px_key_request {
	uint32_t id; /* the worker's own; the answer repeats it */
	uint16_t scheme; /* TLS_SIGN_* */
	uint16_t len;
	uint8_t key_id[TLS_KEY_ID_LEN];
	uint8_t data[PX_KEY_DATA_MAX];
};

/* Keeper to worker. */
struct px_key_answer {
	uint32_t id;
	int32_t status; /* 0, or why there is no signature: a TLS_E_* */
	uint16_t len; /* of the signature: 0 unless status is 0 */
	uint8_t signature[TLS_SIGNATURE_MAX_LEN];
};

/* Bytes of a message with this much in it. */
#define PX_KEY_REQUEST_LEN(len) (offsetof(struct px_key_request, data) + (len))
#define PX_KEY_ANSWER_LEN(len) (offsetof(struct px_key_answer, signature) + (len))

#endif
