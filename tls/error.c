/* error.c - names and reasons of errors, from the one list in tls.h. */
#include "error.h"

static const struct {
	int error;
	const char *name, *text;
} errors[] = {
#define ROW(name, serial, alert, text) {TLS_E_##name, "TLS_E_" #name, text},
	{TLS_E_SUCCESS, "TLS_E_SUCCESS", "success"},
	TLS_ERROR_MAP(ROW)
#undef ROW
};

#define N_ERRORS (sizeof(errors) / sizeof(errors[0]))

const char *tls_strerror(int error)
{
	for (size_t i = 0; i < N_ERRORS; i++)
		if (errors[i].error == error)
			return errors[i].text;
	return "unknown error";
}

const char *tls_strerror_name(int error)
{
	for (size_t i = 0; i < N_ERRORS; i++)
		if (errors[i].error == error)
			return errors[i].name;
	return NULL;
}

int tls_error_is_fatal(int error)
{
	switch (error) {
	case TLS_E_AGAIN:
	case TLS_E_INTERRUPTED:
	case TLS_E_WARNING_ALERT_RECEIVED:
	case TLS_E_REHANDSHAKE:
	case TLS_E_GOT_APPLICATION_DATA:
	case TLS_E_LARGE_PACKET:
	case TLS_E_INVALID_REQUEST:
	case TLS_E_SHORT_MEMORY_BUFFER:
	case TLS_E_REQUESTED_DATA_NOT_AVAILABLE:
	case TLS_E_DB_ERROR:
		return 0;
	default:
		return error < 0;
	}
}
