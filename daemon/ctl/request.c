/* request.c - see request.h. */
#include "request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base64.h"
#include "file.h"

int px_request_init(struct px_request *r, struct px_problem *problem)
{
	*r = (struct px_request){ .chain = NULL };
	if (tls_x509_case_init(&r->chain) < 0)
		return px_problem_set(problem, "out of memory");
	return 0;
}

void px_request_clear(struct px_request *r)
{
	tls_x509_case_deinit(r->chain);
	r->chain = NULL;
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static int tell_file(const struct px_request *r, struct px_problem *problem, const char *path, bool is_der, int err)
{
	const char *reason = tls_strerror(err);
	unsigned line;
	long byte;

	tls_x509_case_error_position(r->chain, &line, &byte);
	if (err == TLS_E_MEMORY_ERROR)
		return px_problem_set(problem, "%s: %s", path, reason);
	if (is_der)
		return px_problem_set(problem, "%s: byte %ld: %s", path, byte >= 0 ? byte : 0, reason);
	if (byte >= 0)
		return px_problem_set(problem, "%s:%u: %s, at byte %ld of its DER", path, line, reason, byte);
	return px_problem_set(problem, "%s:%u: %s", path, line > 0 ? line : 1, reason);
}

int px_request_add_file(struct px_request *r, struct px_problem *problem, tls_x509_case_input_t input, const char *path)
{
	tls_datum_t data;
	bool is_der;
	int ret;

	if (px_file_read(&data, problem, path) < 0)
		return -1;
	is_der = input == TLS_X509_CASE_STAPLE || px_file_is_der(&data);
	ret = tls_x509_case_add(r->chain, input, &data, is_der ? TLS_X509_FMT_DER : TLS_X509_FMT_PEM);
	free(data.data);
	return ret < 0 ? tell_file(r, problem, path, is_der, ret) : 0;
}

int px_request_add_text(struct px_request *r, struct px_problem *problem, tls_x509_case_input_t input,
    const char *text, const char *where)
{
	tls_datum_t data = { .data = (unsigned char *)(uintptr_t)text, .size = (unsigned)strlen(text) };
	int ret = tls_x509_case_add(r->chain, input, &data, TLS_X509_FMT_PEM);
	unsigned line;
	long byte;

	if (ret >= 0)
		return 0;
	tls_x509_case_error_position(r->chain, &line, &byte);
	if (byte >= 0)
		return px_problem_set(problem, "%s: line %u: %s, at byte %ld of its DER", where, line,
		    tls_strerror(ret), byte);
	return px_problem_set(problem, "%s: line %u: %s", where, line > 0 ? line : 1, tls_strerror(ret));
}

static int add_der(struct px_request *r, struct px_problem *problem, const tls_datum_t *der, const char *where)
{
	int ret = tls_x509_case_add(r->chain, TLS_X509_CASE_STAPLE, der, TLS_X509_FMT_DER);
	unsigned line;
	long byte;

	if (ret >= 0)
		return 0;
	tls_x509_case_error_position(r->chain, &line, &byte);
	return px_problem_set(problem, "%s: byte %ld: %s", where, byte >= 0 ? byte : 0, tls_strerror(ret));
}

int px_request_add_staple(struct px_request *r, struct px_problem *problem, const char *text, size_t len,
    const char *where)
{
	tls_datum_t der = { .data = malloc(len > 0 ? len : 1) };
	size_t n;
	int ret;

	if (der.data == NULL)
		return px_problem_set(problem, "out of memory");
	if (px_base64_decode(der.data, &n, text, len)) {
		der.size = (unsigned)n;
		ret = add_der(r, problem, &der, where);
	} else {
		ret = px_problem_set(problem, "%s: no base64", where);
	}
	free(der.data);
	return ret;
}

int px_request_add_name(struct px_request *r, struct px_problem *problem, const char *kind, const char *value)
{
	static const struct {
		const char *word;
		tls_x509_subject_alt_name_t type;
	} kinds[] = {
		{ "dns", TLS_SAN_DNSNAME },
		{ "ip", TLS_SAN_IPADDRESS },
		{ "email", TLS_SAN_RFC822NAME },
		{ "rfc822", TLS_SAN_RFC822NAME },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int ret;

		if (strcasecmp(kind, kinds[i].word) != 0)
			continue;
		ret = tls_x509_case_add_name(r->chain, kinds[i].type, value);
		if (ret == TLS_E_MEMORY_ERROR)
			return px_problem_set(problem, "out of memory");
		if (ret < 0 && kinds[i].type == TLS_SAN_IPADDRESS)
			return px_problem_set(problem, "%s: no IP address", value);
		return ret < 0 ? px_problem_set(problem, "name too long, or too many names") : 0;
	}
	return px_problem_set(problem, "%s: unknown kind of name", kind);
}

/* ---- The answer ------------------------------------------------------------------------------ */

static int judge_for(struct px_request *r, struct px_answer *answer, struct px_problem *problem, bool of_client)
{
	unsigned status;
	int ret;

	r->terms.of_client = of_client;
	ret = tls_x509_case_judge(r->chain, &status, &r->terms);
	if (ret < 0)
		return px_problem_set(problem, "%s", tls_strerror(ret));
	answer->good = status == 0;
	if (tls_x509_case_get_fault(r->chain, &answer->depth, &answer->subject, &answer->reason) < 0)
		answer->reason = "valid";
	return 0;
}

int px_request_judge(struct px_request *r, struct px_answer *answer, struct px_problem *problem)
{
	bool for_client = (r->purposes & PX_PURPOSE_CLIENT) != 0;
	bool for_server = (r->purposes & PX_PURPOSE_SERVER) != 0 || !for_client;

	*answer = (struct px_answer){ .good = true };
	if (for_server && judge_for(r, answer, problem, false) < 0)
		return -1;
	if (for_client && answer->good)
		return judge_for(r, answer, problem, true);
	return 0;
}

static json_t *path_json(const struct px_request *r)
{
	json_t *path = json_array();
	const char *subject;
	bool whole = path != NULL;

	for (unsigned i = 0; (subject = tls_x509_case_get_path(r->chain, i)) != NULL; i++)
		whole = json_array_append_new(path, json_string(subject)) == 0 && whole;
	if (whole)
		return path;
	json_decref(path);
	return NULL;
}

json_t *px_request_json(const struct px_request *r, const struct px_answer *answer)
{
	if (answer->good)
		return json_pack("{s:s, s:s, s:o}", "result", "SUCCESS", "reason", answer->reason, "path", path_json(r));
	return json_pack("{s:s, s:s, s:i, s:s}", "result", "FAILURE", "reason", answer->reason, "depth",
	    (int)answer->depth, "subject", answer->subject);
}
