/* testrng.h - a source of bytes for tests: a fixed script, then a counter, and a failure on demand.
 */
#ifndef TESTS_UNIT_TESTRNG_H
#define TESTS_UNIT_TESTRNG_H

#include "tls/crypto/rng.h"

struct testrng {
	const uint8_t *script; /* handed out first */
	size_t script_len;
	uint8_t counter; /* then counter, counter + step, ... */
	uint8_t step;
	unsigned n_calls;
	unsigned fail_at; /* this call fails; 0: none */
};

static inline int testrng_fill(void *ptr, uint8_t *out, size_t n)
{
	struct testrng *t = ptr;

	if (++t->n_calls == t->fail_at)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (t->script_len > 0) {
			out[i] = *t->script++;
			t->script_len--;
			continue;
		}
		out[i] = t->counter;
		t->counter = (uint8_t)(t->counter + t->step);
	}
	return 0;
}

#endif
