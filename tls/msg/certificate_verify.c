/* certificate_verify.c - CertificateVerify: RFC 8446 section 4.4.3. */
#include "certificate_verify.h"

#include "../error.h"

#define PAD_LEN 64

int tls_certificate_verify_decode(struct tls_certificate_verify *m, struct tls_span body)
{
	m->scheme = tls_span_u16(&body);
	m->signature = tls_span_block16(&body, 0, UINT16_MAX);
	return tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

void tls_certificate_verify_encode(struct tls_buf *b, const struct tls_certificate_verify *m)
{
	struct tls_block block;

	tls_buf_u16(b, m->scheme);
	block = tls_buf_open(b, 2);
	tls_buf_span(b, m->signature);
	tls_buf_close(b, block);
}

void tls_certificate_verify_input(struct tls_buf *b, bool by_server, struct tls_span transcript_hash)
{
	static const char server[] = "TLS 1.3, server CertificateVerify";
	static const char client[] = "TLS 1.3, client CertificateVerify";

	for (unsigned i = 0; i < PAD_LEN; i++)
		tls_buf_u8(b, 0x20);
	tls_buf_bytes(b, by_server ? server : client, sizeof(server));
	tls_buf_span(b, transcript_hash);
}
