/* status.c - see status.h. */
#include "status.h"

#include "../bytes/mem.h"
#include "../error.h"
#include "../msg/certificate_status.h"

struct tls_span tls_status_staple(const struct tls_session_st *s)
{
	const struct tls_hs *hs = s->hs;

	if (!tls_state_is_server(s) || !hs->hello.has_status_request || hs->choice.entry == NULL)
		return tls_span(NULL, 0);
	return hs->choice.entry->staple;
}

int tls_status_keep(struct tls_session_st *s, struct tls_span response)
{
	tls_datum_t *kept;

	tls_mem_free(s->staple);
	s->staple = NULL;
	if (response.len == 0)
		return 0;
	kept = tls_mem_alloc(sizeof(*kept) + response.len);
	if (kept == NULL)
		return TLS_E_MEMORY_ERROR;
	*kept = (tls_datum_t){.data = (unsigned char *)(kept + 1), .size = (unsigned)response.len};
	tls_mem_copy(kept->data, response.p, response.len);
	s->staple = kept;
	return 0;
}

int tls_status_send(struct tls_session_st *s, struct tls_buf *body)
{
	tls_certificate_status_encode(body, tls_status_staple(s));
	return 0;
}

int tls_status_recv(struct tls_session_st *s, struct tls_span body)
{
	struct tls_span response;
	int err = tls_certificate_status_decode(&response, body);

	return err == 0 ? tls_status_keep(s, response) : err;
}
