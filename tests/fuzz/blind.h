/* blind.h - a session that believes everything, against a peer that is nothing but the input: with checks
 * out of the way, random bytes reach what lies behind them.
 *
 * blind_checks.c stands in for the core's own, by the linker: an AEAD that leaves the plaintext as it is
 * under a tag of zeros, comparisons of secrets and signatures that are always good, random bytes that are
 * the same each time. No line of the core knows of it.
 *
 * INPUT. u32 choices (BLIND_*), u16 n: the n-th allocation fails, u8 n: the n-th call for random bytes fails
 * (0: none), with BLIND_DATA a block16, then a program of operations. The low four bits of the first byte say which (enum blind_op),
 * the high four are its argument. What comes over the wire is framed and "protected" at the moment the
 * session reads it, so that a program needs no keys; the rest are calls of the application.
 */
#ifndef TESTS_FUZZ_BLIND_H
#define TESTS_FUZZ_BLIND_H

#include "tls/bytes/span.h"
#include "tls/tls.h"

enum blind_op {
	/* the wire */
	BLIND_MESSAGE, /* u8 type, block16: a handshake message; argument: how it is cut, +8: its record goes on */
	BLIND_RECORD, /* block16; argument: its type */
	BLIND_PLAIN, /* the same, never protected */
	BLIND_RAW, /* block16: bytes as they are */
	BLIND_EMPTY, /* nothing there now; argument: 0 EAGAIN, 1 EINTR, 2 the end, 3 an error */
	/* the application */
	BLIND_HANDSHAKE,
	BLIND_RECV, /* u8 room */
	BLIND_SEND, /* u16 length; argument: padding */
	BLIND_FLUSH,
	BLIND_UPDATE, /* argument: 0, 1 tls_session_key_update, 2 tls_rehandshake */
	BLIND_CLOSE, /* argument: how */
	BLIND_CORK, /* argument: what */
	BLIND_WINDOW, /* u16: the transport takes so many bytes */
	BLIND_ASK, /* argument: what is asked */
	BLIND_PIECE, /* u8: the transport gives so many bytes at a time; 0: all */
	BLIND_TIME, /* u16: seconds that pass; argument: keys are nearly used up, 1 and 2 ours, 4 the peer's */
};

#define BLIND_CONTENT(arg) (20u + (arg)) /* the type of a record */

/* Choices. */
#define BLIND_BOTH_VERSIONS (1u << 0) /* the policy has TLS 1.2 and 1.3; otherwise the target's alone */
#define BLIND_CERT_REQUEST (1u << 1) /* server: asks for a certificate; client: has one */
#define BLIND_CERT_REQUIRE (1u << 2)
#define BLIND_ALPN (1u << 3)
#define BLIND_ALPN_MANDATORY (1u << 4)
#define BLIND_NO_NAME (1u << 5) /* client: without server_name */
#define BLIND_OWN_WORKSPACE (1u << 6)
#define BLIND_CHECKS (1u << 7) /* Finished and signatures are checked after all */
#define BLIND_SMALL_RECORDS (1u << 8)
#define BLIND_REFUSE_PEER (1u << 9) /* the verify function says no */
#define BLIND_KEEPER (1u << 10) /* the key is a function, which lets the session wait */
#define BLIND_BLOCKING (1u << 11) /* a blocking transport with a time limit */
#define BLIND_VECTORS (1u << 12) /* a vec_push function */
#define BLIND_HELLO_WAITS (1u << 13) /* the post-client-hello function lets the session wait */
#define BLIND_KEY(n) ((uint32_t)(n) << 14) /* its own certificate: 0 P-256, 1 RSA, 2 Ed25519, 3 P-384 */
#define BLIND_ALLOW_RENEGOTIATION (1u << 16)
#define BLIND_ALLOW_ID_CHANGE (1u << 17)
#define BLIND_STAPLE (1u << 18) /* server: has an OCSP response (with the P-256 key); client: asks for one */
#define BLIND_FALSE_START (1u << 19)
#define BLIND_TICKETS (1u << 20) /* server: a ticket key; client: a clock, so that it keeps tickets */
#define BLIND_DATABASE (1u << 21) /* server */
#define BLIND_DATA (1u << 22) /* the input has a session's data (client), or the record of a database (server) */
#define BLIND_JUDGE (1u << 23) /* the peer's chain is judged: by a function, with BLIND_STAPLE by the session */
#define BLIND_MANY_TICKETS (1u << 24) /* server: 16 of them, a short rotation, an application's context */

#define BLIND_HEADER_LEN 7

/* True: comparisons and signatures are good, whatever they are. */
extern bool blind_believes;

/* Puts the AEAD in place; the rest is done by the linker. */
void blind_checks_replace(void);

/* Bytes that only look random, and the state they leave. */
void blind_random_fill(uint64_t *state, uint8_t *out, size_t n);

/* Real time, ms. */
extern uint64_t blind_clock;
#define BLIND_CLOCK_START 1700000000000u

/* The database: one record, whatever its key. len 0: none. */
extern uint8_t blind_record[16384];
extern size_t blind_record_len;

/* Credentials and policies, made once. */
void blind_init(void);

/* A session as choices say, without transport; its random bytes are the same each time. */
struct blind_random {
	uint64_t state;
	unsigned fail_at; /* the n-th call fails; 0: none */
};
tls_session_t blind_session(unsigned role, tls_protocol_t version, uint32_t choices,
    struct blind_random *random);

/* The last run was told to fail an allocation, and came so far. */
extern bool blind_memory_failed;

/* Questions to a key that is a function, asked and neither answered nor cancelled. */
extern unsigned blind_questions;

/* libFuzzer's LLVMFuzzerCustomMutator and LLVMFuzzerCustomCrossOver for such inputs. */
struct blind_input {
	const uint8_t *data;
	size_t size;
};

size_t blind_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t blind_cross_over(const struct blind_input *a, const struct blind_input *b, uint8_t *out, size_t max_size,
    unsigned seed);

/* The same input with its i-th operation dropped, repeated, or behind the next one. 0 when there is no such one. */
enum blind_edit { BLIND_DROP, BLIND_REPEAT, BLIND_SWAP };
size_t blind_edit(uint8_t *out, size_t max_size, const struct blind_input *in, enum blind_edit how, size_t i);

/* Runs one input. */
void blind_run(unsigned role, tls_protocol_t version, const uint8_t *data, size_t size);

#endif
