/* fault.c - see fault.h. */
#include "fault.h"

static const struct {
	unsigned status;
	int error;
	const char *text;
} faults[] = {
    {0, 0, "valid"},
#define ROW(name, bit, error, text) {TLS_CERT_INVALID | TLS_CERT_##bit, TLS_E_##error, text},
    TLS_FAULT_MAP(ROW)
#undef ROW
};

unsigned tls_fault_status(enum tls_fault fault)
{
	return faults[fault].status;
}

int tls_fault_error(enum tls_fault fault)
{
	return faults[fault].error;
}

const char *tls_fault_text(enum tls_fault fault)
{
	return faults[fault].text;
}
