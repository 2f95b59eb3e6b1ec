/* make_text.c - see make_text.h. */
#include "make_text.h"

#include "cert.h"
#include "exts.h"
#include "ip.h"
#include "name.h"

#define COMMON_NAME_MAX_LEN 64
#define LOCAL_MAX_LEN 64 /* RFC 5321 section 4.5.3.1.1 */
#define PATH_LEN_MAX 127

struct tls_span tls_make_text_span(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	return tls_span(text, n);
}

static bool is_printable(struct tls_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] < 0x20 || text.p[i] > 0x7e)
			return false;
	return true;
}

/* RFC 5322 section 3.2.3: a dot-atom; no quoted form. */
static bool is_local_part(struct tls_span text)
{
	static const char others[] = "!#$%&'*+-/=?^_`{|}~";
	uint8_t before = '.';

	for (size_t i = 0; i < text.len; before = text.p[i++]) {
		uint8_t c = text.p[i];
		bool atom = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		for (size_t j = 0; j < sizeof(others) - 1; j++)
			atom = atom || c == (uint8_t)others[j];
		if (!atom && (c != '.' || before == '.'))
			return false;
	}
	return text.len > 0 && text.len <= LOCAL_MAX_LEN && before != '.';
}

static bool is_email(struct tls_span text)
{
	struct tls_span local;
	size_t n = 0;

	while (n < text.len && text.p[n] != '@')
		n++;
	local = tls_span_take(&text, n);
	return is_local_part(local) && tls_span_u8(&text) == '@' && tls_name_is_valid_sni(text);
}

bool tls_make_text_name_is_valid(const struct tls_make_name *name)
{
	struct tls_span text = tls_make_text_span(name->text);
	uint8_t ip[16];

	if (name->kind == TLS_CERT_NAME_DNS)
		return tls_name_is_valid_pattern(text);
	if (name->kind == TLS_CERT_NAME_IP)
		return tls_ip_read(ip, text) > 0;
	return name->kind == TLS_CERT_NAME_EMAIL && is_email(text);
}

static bool has_common_name(const struct tls_make_request *request)
{
	struct tls_span text;

	if (request->common_name == NULL)
		return false;
	text = tls_make_text_span(request->common_name);
	return text.len > 0 && text.len <= COMMON_NAME_MAX_LEN && is_printable(text);
}

static bool ca_is_valid(const struct tls_make_request *request)
{
	return has_common_name(request) && request->n_names == 0 && request->purposes == 0 &&
	    (request->path_len <= PATH_LEN_MAX || request->path_len == TLS_EXTS_NO_PATH_LEN);
}

/* A client may be known by its common name; a server is not (RFC 9525). */
static bool leaf_is_valid(const struct tls_make_request *request)
{
	if (request->purposes == 0 || (request->common_name != NULL && !has_common_name(request)))
		return false;
	return request->n_names > 0 || (request->common_name != NULL && request->purposes == TLS_MAKE_CLIENT);
}

bool tls_make_text_is_valid(const struct tls_make_request *request)
{
	if (request->n_names > TLS_MAKE_MAX_NAMES || request->not_before > request->not_after)
		return false;
	for (size_t i = 0; i < request->n_names; i++)
		if (!tls_make_text_name_is_valid(&request->names[i]))
			return false;
	return request->ca ? ca_is_valid(request) : leaf_is_valid(request);
}
