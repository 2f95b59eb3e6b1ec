/* name.c - see name.h. */
#include "name.h"

#include "ip.h"

static bool is_letter_or_digit(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool label_is_valid(struct tls_span label)
{
	if (label.len == 0 || label.len > TLS_NAME_LABEL_MAX_LEN)
		return false;
	if (label.p[0] == '-' || label.p[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		uint8_t c = label.p[i];

		if (!is_letter_or_digit(c) && c != '-' && c != '_')
			return false;
	}
	return true;
}

/* The bytes before the first dot, or all. */
static struct tls_span first_label(struct tls_span name)
{
	size_t n = 0;

	while (n < name.len && name.p[n] != '.')
		n++;
	return tls_span_take(&name, n);
}

/* RFC 6066 section 3: literal addresses are no names. */
static bool is_address(struct tls_span name)
{
	uint8_t ip[16];

	return tls_ip_read(ip, name) != 0;
}

bool tls_name_is_valid_sni(struct tls_span name)
{
	struct tls_span rest = name;

	if (name.failed || name.len == 0 || name.len > TLS_NAME_MAX_LEN)
		return false;
	for (;;) {
		struct tls_span label = first_label(rest);

		if (!label_is_valid(label))
			return false;
		tls_span_take(&rest, label.len);
		if (rest.len == 0)
			break;
		tls_span_u8(&rest);
	}
	return !is_address(name);
}

static bool is_wildcard(struct tls_span pattern)
{
	return pattern.len > 2 && pattern.p[0] == '*' && pattern.p[1] == '.';
}

bool tls_name_is_valid_pattern(struct tls_span pattern)
{
	if (pattern.failed || pattern.len > TLS_NAME_MAX_LEN)
		return false;
	if (is_wildcard(pattern))
		tls_span_take(&pattern, 2);
	return tls_name_is_valid_sni(pattern);
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

bool tls_name_same(struct tls_span a, struct tls_span b)
{
	if (a.failed || b.failed || a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

bool tls_name_matches(struct tls_span pattern, struct tls_span name)
{
	if (!tls_name_is_valid_pattern(pattern) || !tls_name_is_valid_sni(name))
		return false;
	if (is_wildcard(pattern)) {
		/* RFC 9525 section 6.3: the wildcard matches one label, whatever it is. */
		tls_span_u8(&pattern);
		tls_span_take(&name, first_label(name).len);
	}
	return tls_name_same(pattern, name);
}
