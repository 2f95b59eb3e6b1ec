/* pre_shared_key.c - see pre_shared_key.h. */
#include "pre_shared_key.h"

#include "../error.h"
#include "ext.h"

#define PSK_DHE_KE 1
#define BINDER_MIN_LEN 32

static unsigned count_identities(struct tls_span *list)
{
	unsigned n = 0;

	for (; tls_span_more(list); n++) {
		(void)tls_span_block16(list, 1, UINT16_MAX);
		(void)tls_span_u32(list);
	}
	return n;
}

static unsigned count_binders(struct tls_span *list)
{
	unsigned n = 0;

	for (; tls_span_more(list); n++)
		(void)tls_span_block8(list, BINDER_MIN_LEN, UINT8_MAX);
	return n;
}

int tls_psk_offer_decode(struct tls_psk_offer *offer, struct tls_span body)
{
	struct tls_span identities = tls_span_block16(&body, 7, UINT16_MAX), binders;
	unsigned n, n_binders;

	*offer = (struct tls_psk_offer){.identities = identities, .tail_len = body.len};
	binders = tls_span_block16(&body, 1 + BINDER_MIN_LEN, UINT16_MAX);
	offer->binders = binders;
	n = count_identities(&identities);
	n_binders = count_binders(&binders);
	if (!tls_span_end(&identities) || !tls_span_end(&binders) || !tls_span_end(&body))
		return TLS_E_UNEXPECTED_PACKET_LENGTH;
	return n == n_binders ? 0 : TLS_E_ILLEGAL_PARAMETER;
}

bool tls_psk_offer_next(struct tls_psk_offer *rest, struct tls_psk_identity *one)
{
	if (!tls_span_more(&rest->identities))
		return false;
	one->identity = tls_span_block16(&rest->identities, 1, UINT16_MAX);
	one->hidden_age = tls_span_u32(&rest->identities);
	one->binder = tls_span_block8(&rest->binders, BINDER_MIN_LEN, UINT8_MAX);
	return true;
}

void tls_psk_offer_encode(struct tls_buf *b, struct tls_span identity, uint32_t hidden_age, size_t binder_len)
{
	struct tls_block ext = tls_ext_open(b, TLS_EXT_PRE_SHARED_KEY), list = tls_buf_open(b, 2);
	struct tls_block one = tls_buf_open(b, 2);

	tls_buf_span(b, identity);
	tls_buf_close(b, one);
	tls_buf_u32(b, hidden_age);
	tls_buf_close(b, list);
	list = tls_buf_open(b, 2);
	one = tls_buf_open(b, 1);
	(void)tls_buf_room(b, binder_len);
	tls_buf_close(b, one);
	tls_buf_close(b, list);
	tls_buf_close(b, ext);
}

int tls_psk_modes_decode(bool *dhe, struct tls_span body)
{
	struct tls_span list = tls_span_block8(&body, 1, UINT8_MAX);

	for (*dhe = false; tls_span_more(&list);)
		*dhe |= tls_span_u8(&list) == PSK_DHE_KE;
	return tls_span_end(&list) && tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

void tls_psk_modes_encode(struct tls_buf *b)
{
	struct tls_block ext = tls_ext_open(b, TLS_EXT_PSK_KEY_EXCHANGE_MODES), list = tls_buf_open(b, 1);

	tls_buf_u8(b, PSK_DHE_KE);
	tls_buf_close(b, list);
	tls_buf_close(b, ext);
}
