/* pem_fuzz.c - arbitrary text through the PEM reader, and its blocks through what reads them.
 *
 * Checked: blocks keep to their limits and their label lies in the text; the line numbers never go
 * back; the walk ends after a fault.
 */
#include <assert.h>

#include "fuzz.h"
#include "tls/tls.h"
#include "tls/x509/der.h"
#include "tls/x509/key.h"
#include "tls/x509/pem.h"

static void read_key(struct tls_span text)
{
	struct tls_privkey *key;
	unsigned line;
	int ret = tls_key_decode_pem(&key, &line, text);

	assert((key != NULL) == (ret == 0));
	tls_privkey_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_span text = tls_span(data, size);
	struct tls_pem_block block;
	unsigned last = 0;
	struct tls_pem pem;
	int ret;

	tls_pem_init(&pem, text);
	while ((ret = tls_pem_next(&pem, &block)) == 0) {
		assert(block.line > last && pem.line > block.line);
		assert(block.der.len <= TLS_DER_MAX_LEN);
		assert(block.label.p >= data && block.label.p + block.label.len <= data + size);
		last = pem.line;
		tls_pem_block_clear(&block);
	}
	assert(ret == TLS_E_REQUESTED_DATA_NOT_AVAILABLE || ret == TLS_E_BASE64_DECODING_ERROR);
	assert(pem.line >= last && pem.line <= size + 1);
	assert(tls_pem_next(&pem, &block) != 0);
	read_key(text);
	return 0;
}
