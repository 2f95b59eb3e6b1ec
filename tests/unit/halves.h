/* halves.h - for tests of records: a workspace, and halves of a connection with keys. */
#ifndef TESTS_UNIT_HALVES_H
#define TESTS_UNIT_HALVES_H

#include "hex.h"

#include "tls/bytes/mem.h"
#include "tls/record.h"

static tls_workspace_t ws;

static inline int halves_start(void **state)
{
	(void)state;
	return tls_workspace_init(&ws, 0);
}

static inline int halves_stop(void **state)
{
	(void)state;
	tls_workspace_deinit(ws);
	return 0;
}

/* The keys of TLS 1.3 that follow from this traffic secret, in hexadecimal. */
static inline void halves_install(struct tls_half *half, uint16_t suite, const char *secret)
{
	struct hex h = unhex(secret);
	struct tls_secret traffic = {.len = (uint8_t)h.len};

	tls_mem_copy(traffic.b, h.p, h.len);
	tls_record_install(half, ws, tls_suite_by_id(suite), &traffic);
}

#endif
