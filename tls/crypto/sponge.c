/* sponge.c - see sponge.h. FIPS 202 sections 4 to 6. Bytes go into the state's 64-bit lanes by shifts, so that it
 * is the same on each machine; compilers make one load of eight of them. */
#include "sponge.h"

#define LANE 8u

static uint64_t read_lane(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < LANE; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static void write_lane(uint8_t *p, uint64_t v)
{
	for (unsigned i = 0; i < LANE; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void permute_full(struct tls_sponge *s)
{
	if (s->at < s->rate)
		return;
	sha3_permute(&s->state);
	s->at = 0;
}

void tls_sponge_init(struct tls_sponge *s, unsigned rate)
{
	*s = (struct tls_sponge){.rate = rate};
}

void tls_sponge_absorb(struct tls_sponge *s, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t n;

	/* each rate is a multiple of a lane, so that a whole lane never runs over the block */
	for (; len > 0; p += n, len -= n) {
		if (s->at % LANE == 0 && len >= LANE) {
			n = LANE;
			s->state.a[s->at / LANE] ^= read_lane(p);
		} else {
			n = 1;
			s->state.a[s->at / LANE] ^= (uint64_t)*p << (8 * (s->at % LANE));
		}
		s->at += (unsigned)n;
		permute_full(s);
	}
}

void tls_sponge_finish(struct tls_sponge *s, unsigned suffix)
{
	s->state.a[s->at / LANE] ^= (uint64_t)suffix << (8 * (s->at % LANE));
	s->state.a[s->rate / LANE - 1] ^= (uint64_t)0x80 << 56;
	s->at = s->rate;
}

void tls_sponge_squeeze(struct tls_sponge *s, uint8_t *out, size_t len)
{
	size_t n;

	for (; len > 0; out += n, len -= n) {
		permute_full(s);
		if (s->at % LANE == 0 && len >= LANE) {
			n = LANE;
			write_lane(out, s->state.a[s->at / LANE]);
		} else {
			n = 1;
			*out = (uint8_t)(s->state.a[s->at / LANE] >> (8 * (s->at % LANE)));
		}
		s->at += (unsigned)n;
	}
}
