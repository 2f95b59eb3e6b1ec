/* client12_fuzz.c - a client of TLS 1.2, with all its checks: see told_client.h. */
#include "fuzz.h"
#include "told_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	told_client(TLS_1_2, data, size);
	return 0;
}
