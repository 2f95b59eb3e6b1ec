/* rng.c - see rng.h. */
#include "rng.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

#include "../bytes/mem.h"
#include "../tls.h"

static int kernel_fill(void *ptr, uint8_t *out, size_t n)
{
	ssize_t got;

	(void)ptr;
	while (n > 0) {
		got = getrandom(out, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return TLS_E_RANDOM_FAILED;
		out += got;
		n -= (size_t)got;
	}
	return 0;
}

const struct tls_rng tls_rng_system = {.fill = kernel_fill};

int tls_rng_fill(const struct tls_rng *rng, void *out, size_t n)
{
	if (rng == NULL)
		rng = &tls_rng_system;
	if (rng->fill(rng->ptr, out, n) >= 0)
		return 0;
	tls_mem_wipe(out, n);
	return TLS_E_RANDOM_FAILED;
}
