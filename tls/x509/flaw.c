/* flaw.c - see flaw.h. */
#include "flaw.h"

static const struct {
	unsigned status;
	int error;
	const char *text;
} faults[] = {
    {0, 0, "valid"},
#define ROW(name, bit, error, text) {TLS_CERT_INVALID | TLS_CERT_##bit, TLS_E_##error, text},
    TLS_FLAW_MAP(ROW)
#undef ROW
};

unsigned tls_flaw_status(enum tls_flaw fault)
{
	return faults[fault].status;
}

int tls_flaw_error(enum tls_flaw fault)
{
	return faults[fault].error;
}

const char *tls_flaw_text(enum tls_flaw fault)
{
	return faults[fault].text;
}
