/* msg_fuzz.c - the codec of each handshake message (ClientHello has hello_fuzz.c).
 *
 * The first byte chooses the codec, the rest is a body. Checked: an error is one that has an alert; what
 * decodes can be encoded, what was encoded decodes, and is the same bytes when it is encoded again; where
 * a message has one form only, these are the bytes that came. What is shown of it to people lies in it.
 */
#include <assert.h>

#include "fuzz.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/msg/certificate.h"
#include "tls/msg/certificate_request.h"
#include "tls/msg/certificate_request12.h"
#include "tls/msg/certificate_status.h"
#include "tls/msg/certificate_verify.h"
#include "tls/msg/encrypted_extensions.h"
#include "tls/msg/key_exchange.h"
#include "tls/msg/key_update.h"
#include "tls/msg/new_session_ticket.h"
#include "tls/msg/pre_shared_key.h"
#include "tls/msg/server_hello.h"
#include "tls/tls.h"

/* Decodes a body and, if it is good, writes it again. */
typedef int codec_func(struct tls_buf *b, struct tls_span body);

#define CODEC(name, type, decode, encode)                            \
	static int name(struct tls_buf *b, struct tls_span body)     \
	{                                                            \
		type m;                                              \
		int err = decode(&m, body);                          \
                                                                     \
		if (err == 0)                                        \
			encode(b, &m);                               \
		return err;                                          \
	}

CODEC(server_hello, struct tls_server_hello, tls_server_hello_decode, tls_server_hello_encode)
CODEC(encrypted_extensions, struct tls_encrypted_extensions, tls_encrypted_extensions_decode,
    tls_encrypted_extensions_encode)
CODEC(certificate, struct tls_certificate, tls_certificate_decode, tls_certificate_encode)
CODEC(certificate12, struct tls_certificate, tls_certificate_decode12, tls_certificate_encode12)
CODEC(certificate_request, struct tls_certificate_request, tls_certificate_request_decode,
    tls_certificate_request_encode)
CODEC(certificate_request12, struct tls_certificate_request12, tls_certificate_request12_decode,
    tls_certificate_request12_encode)
CODEC(certificate_verify, struct tls_certificate_verify, tls_certificate_verify_decode,
    tls_certificate_verify_encode)
CODEC(new_session_ticket, struct tls_new_session_ticket, tls_new_session_ticket_decode,
    tls_new_session_ticket_encode)
CODEC(new_session_ticket12, struct tls_new_session_ticket12, tls_new_session_ticket12_decode,
    tls_new_session_ticket12_encode)
CODEC(server_key_exchange, struct tls_server_key_exchange, tls_server_key_exchange_decode,
    tls_server_key_exchange_encode)

static int client_key_exchange(struct tls_buf *b, struct tls_span body)
{
	struct tls_span share;
	int err = tls_client_key_exchange_decode(&share, body);

	if (err == 0)
		tls_client_key_exchange_encode(b, share);
	return err;
}

static int key_update(struct tls_buf *b, struct tls_span body)
{
	bool requested;
	int err = tls_key_update_decode(&requested, body);

	if (err == 0)
		tls_key_update_encode(b, requested);
	return err;
}

static int server_hello_done(struct tls_buf *b, struct tls_span body)
{
	(void)b;
	return tls_server_hello_done_decode(body);
}

static int certificate_status(struct tls_buf *b, struct tls_span body)
{
	struct tls_span response;
	int err = tls_certificate_status_decode(&response, body);

	if (err == 0)
		tls_certificate_status_encode(b, response);
	return err;
}

static int certificate_status_request(struct tls_buf *b, struct tls_span body)
{
	bool ocsp;
	int err = tls_certificate_status_request_decode(&ocsp, body);

	if (err == 0 && ocsp)
		tls_certificate_status_request_encode(b);
	else if (err == 0)
		tls_buf_u8(b, body.p[0]);
	return err;
}

/* As many binders as identities; one of each is written again, if there is no other. */
static int psk_offer(struct tls_buf *b, struct tls_span body)
{
	struct tls_psk_offer offer, rest;
	struct tls_psk_identity one = {.hidden_age = 0};
	int err = tls_psk_offer_decode(&offer, body);

	if (err != 0)
		return err;
	rest = offer;
	while (tls_psk_offer_next(&rest, &one))
		assert(one.identity.len > 0 && one.binder.len >= 32);
	assert(rest.identities.len == 0 && rest.binders.len == 0 && offer.tail_len <= body.len);
	if (one.identity.len > 0)
		tls_psk_offer_encode(b, one.identity, one.hidden_age, one.binder.len);
	tls_buf_drop(b, b->len > 4 ? 4 : 0); /* the extension's header */
	return 0;
}

static int psk_modes(struct tls_buf *b, struct tls_span body)
{
	bool dhe;
	int err = tls_psk_modes_decode(&dhe, body);

	if (err == 0)
		tls_psk_modes_encode(b);
	tls_buf_drop(b, b->len > 4 ? 4 : 0);
	return err;
}

static const struct {
	codec_func *codec;
	bool canonical; /* it has one form only */
} codecs[] = {
    {server_hello, false},
    {encrypted_extensions, false},
    {certificate, false},
    {certificate12, true},
    {certificate_request, false},
    {certificate_verify, true},
    {server_key_exchange, true},
    {client_key_exchange, true},
    {key_update, true},
    {server_hello_done, true},
    {certificate_status, true},
    {certificate_request12, true},
    {certificate_status_request, false},
    {new_session_ticket, false},
    {psk_offer, false},
    {psk_modes, false},
    {new_session_ticket12, true},
};

#define N_CODECS (sizeof(codecs) / sizeof(codecs[0]))

static bool same(const struct tls_buf *b, struct tls_span s)
{
	return tls_mem_same(b->p, b->len, s.p, s.len);
}

static void inside(const tls_datum_t *d, struct tls_span body)
{
	assert(d->size == 0 || (d->data >= body.p && d->data + d->size <= body.p + body.len));
}

/* What is shown of it to people, whatever kind of message it is taken for. */
static void tell(struct tls_span body)
{
	tls_datum_t msg = {.data = (unsigned char *)(uintptr_t)body.p, .size = (unsigned)body.len};
	tls_message_info_t info;
	char name[64];

	for (unsigned i = 0; i < 2 * 32; i++) {
		if (tls_message_get_info(i / 2, i % 2 != 0 ? TLS_1_3 : TLS_1_2, &msg, &info) < 0)
			continue;
		assert(info.n_certificates <= TLS_MESSAGE_CERTIFICATES_MAX && info.groups.n <= TLS_MESSAGE_LIST_MAX);
		for (unsigned k = 0; k < info.n_certificates; k++)
			inside(&info.certificates[k], body);
		inside(&info.alpn, body);
		inside(&info.server_name, body);
		inside(&info.session_id, body);
		inside(&info.ocsp_response, body);
		inside(&info.authorities, body);
		while (tls_message_next_authority(&info.authorities, name, sizeof(name)))
			continue;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_buf first, second;
	struct tls_span body;
	size_t which;
	int err;

	if (size == 0)
		return 0;
	which = data[0] % N_CODECS;
	body = tls_span(data + 1, size - 1);
	tell(body);
	tls_buf_init(&first, 0);
	tls_buf_init(&second, 0);
	err = codecs[which].codec(&first, body);
	if (err != 0) {
		assert(err < 0 && tls_error_alert(err) != 0 && tls_strerror_name(err) != NULL);
		assert(first.len == 0);
	} else {
		assert(tls_buf_ok(&first));
		assert(!codecs[which].canonical || same(&first, body));
		err = codecs[which].codec(&second, tls_buf_as_span(&first));
		assert(err == 0 && tls_buf_ok(&second) && same(&second, tls_buf_as_span(&first)));
	}
	tls_buf_clear(&first);
	tls_buf_clear(&second);
	return 0;
}
