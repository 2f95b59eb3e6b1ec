/* client_fuzz.c - a client of TLS 1.3, with all its checks: see told_client.h. */
#include "fuzz.h"
#include "told_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	told_client(TLS_1_3, data, size);
	return 0;
}
