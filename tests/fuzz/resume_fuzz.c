/* resume_fuzz.c - what comes back after a while in other people's hands: tickets, a client's session data, records
 * of a database; and the state that all of them hold.
 *
 * The first byte chooses; checksums and tags are right whatever they are (blind.h), unless its top bit is
 * set. Checked: what decodes is the same bytes when it is encoded again; what is packed or sealed comes back;
 * a state that is good makes sense to who asks it for its age and its chain.
 */
#include <assert.h>
#include <stdlib.h>

#include "blind.h"
#include "fuzz.h"
#include "tls/bytes/mem.h"
#include "tls/error.h"
#include "tls/hs/resume.h"
#include "tls/hs/ticket.h"

#define DAY_MS (uint64_t)86400000

static struct tls_ticket_key key;
static const uint8_t seed[TLS_TICKET_SEED_LEN] = {1};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	blind_checks_replace();
	if (tls_epoch_use_seed(&key, tls_span(seed, sizeof(seed)), 3600) != 0)
		abort();
	return 0;
}

static void ask(const struct tls_resume *r)
{
	struct tls_certificate chain;
	uint32_t left;

	assert(tls_resume_get_chain(&chain, r->chain) == 0);
	if (tls_resume_is_alive(r, &left, r->created + DAY_MS, 2 * 86400))
		assert(left > 0 && left <= 86400);
	assert(tls_resume_age_fits(r, tls_resume_hidden_age(r, r->issued), r->issued));
}

static void check_state(struct tls_span data)
{
	struct tls_resume r;
	struct tls_buf b = {0};
	int err = tls_resume_decode(&r, data);

	assert(err == 0 || err == TLS_E_DB_ERROR);
	if (err != 0)
		return;
	ask(&r);
	tls_resume_encode(&b, &r);
	assert(tls_buf_ok(&b) && tls_mem_same(b.p, b.len, data.p, data.len));
	tls_buf_clear(&b);
}

static void check_packed(struct tls_span data, enum tls_resume_role role)
{
	struct tls_span of = tls_span_block8(&data, 0, 32);
	struct tls_resume r, again;
	struct tls_buf b = {0};
	int err = tls_resume_unpack(&r, data, role, of);

	assert(err == 0 || err == TLS_E_DB_ERROR);
	if (err != 0)
		return;
	tls_resume_pack(&b, role, r.version != 0 ? &r : NULL, of);
	assert(tls_buf_ok(&b) && b.len == data.len);
	/* a checksum that passed may have been wrong */
	assert(tls_mem_same(b.p, b.len - 32, data.p, data.len - 32));
	assert(tls_resume_unpack(&again, tls_buf_as_span(&b), role, of) == 0 && again.version == r.version);
	tls_buf_clear(&b);
}

static void check_ticket(struct tls_span data)
{
	uint64_t now = (uint64_t)tls_span_u32(&data) * 1000;
	struct tls_buf ticket = {0}, plain = {0};

	if (tls_ticket_open(&plain, &key, now, data) == 0)
		check_state(tls_buf_as_span(&plain));
	tls_buf_clear(&plain);
	assert(tls_ticket_seal(&ticket, &key, now, data, NULL) == 0);
	assert(tls_ticket_open(&plain, &key, now, tls_buf_as_span(&ticket)) == 0);
	assert(tls_mem_same(plain.p, plain.len, data.p, data.len));
	tls_buf_clear(&plain);
	tls_buf_clear(&ticket);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_span in = tls_span(data, size);
	unsigned what = tls_span_u8(&in);

	if (in.failed)
		return 0;
	blind_believes = (what & 128) == 0;
	switch (what % 4) {
	case 0: check_state(in); break;
	case 1: check_packed(in, TLS_RESUME_CLIENT); break;
	case 2: check_packed(in, TLS_RESUME_SERVER); break;
	default: check_ticket(in); break;
	}
	return 0;
}
