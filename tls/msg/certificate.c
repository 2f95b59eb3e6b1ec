/* certificate.c - Certificate: RFC 8446 section 4.4.2, RFC 5246 section 7.4.2. */
#include "certificate.h"

#include "../error.h"
#include "certificate_status.h"

#define U24_MAX 0xffffff

/* Extensions of the certificate that comes next: of its status the leaf's is kept. */
static int decode_extensions(struct tls_certificate *m, struct tls_span *list)
{
	struct tls_ext_list ext;
	int err = tls_ext_decode(&ext, list, TLS_EXT_IN_CT);

	for (unsigned i = 0; i < ext.n && err == 0; i++) {
		struct tls_span response;

		if (ext.ext[i].type != TLS_EXT_STATUS_REQUEST) {
			m->has_unknown = true;
			continue;
		}
		m->has_status = true;
		err = tls_certificate_status_decode(&response, ext.ext[i].body);
		if (err == 0 && m->n == 0)
			m->status = response;
	}
	return err;
}

int tls_certificate_decode(struct tls_certificate *m, struct tls_span body)
{
	struct tls_span list;

	*m = (struct tls_certificate){.context = tls_span_block8(&body, 0, 255)};
	list = tls_span_block24(&body, 0, U24_MAX);
	while (tls_span_more(&list)) {
		struct tls_span cert = tls_span_block24(&list, 1, U24_MAX);
		int err = decode_extensions(m, &list);

		if (err != 0)
			return err;
		if (cert.failed || m->n == TLS_CERTIFICATE_MAX)
			return TLS_E_UNEXPECTED_PACKET_LENGTH;
		m->cert[m->n++] = cert;
	}
	return tls_span_end(&list) && tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

static void encode_status(struct tls_buf *b, struct tls_span response)
{
	struct tls_block ext;

	if (response.len == 0)
		return;
	ext = tls_ext_open(b, TLS_EXT_STATUS_REQUEST);
	tls_certificate_status_encode(b, response);
	tls_buf_close(b, ext);
}

void tls_certificate_encode(struct tls_buf *b, const struct tls_certificate *m)
{
	struct tls_block context = tls_buf_open(b, 1), list;

	tls_buf_span(b, m->context);
	tls_buf_close(b, context);
	list = tls_buf_open(b, 3);
	for (unsigned i = 0; i < m->n; i++) {
		struct tls_block cert = tls_buf_open(b, 3), ext;

		tls_buf_span(b, m->cert[i]);
		tls_buf_close(b, cert);
		ext = tls_buf_open(b, 2);
		if (i == 0)
			encode_status(b, m->status);
		tls_buf_close(b, ext);
	}
	tls_buf_close(b, list);
}

int tls_certificate_decode12(struct tls_certificate *m, struct tls_span body)
{
	struct tls_span list = tls_span_block24(&body, 0, U24_MAX);

	*m = (struct tls_certificate){.n = 0};
	while (tls_span_more(&list)) {
		struct tls_span cert = tls_span_block24(&list, 1, U24_MAX);

		if (cert.failed || m->n == TLS_CERTIFICATE_MAX)
			return TLS_E_UNEXPECTED_PACKET_LENGTH;
		m->cert[m->n++] = cert;
	}
	return tls_span_end(&list) && tls_span_end(&body) ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

void tls_certificate_encode12(struct tls_buf *b, const struct tls_certificate *m)
{
	struct tls_block list = tls_buf_open(b, 3);

	for (unsigned i = 0; i < m->n; i++) {
		struct tls_block cert = tls_buf_open(b, 3);

		tls_buf_span(b, m->cert[i]);
		tls_buf_close(b, cert);
	}
	tls_buf_close(b, list);
}
