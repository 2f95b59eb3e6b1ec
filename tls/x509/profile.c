/* profile.c - see profile.h. */
#include "profile.h"

#include "../bytes/mem.h"
#include "der.h"
#include "dn.h"
#include "ip.h"
#include "oid.h"

#define IP_TEXT_MAX_LEN 45

static bool has(unsigned extensions, unsigned bit)
{
	return (extensions & bit) != 0;
}

/* RFC 5280 section 4.1.2.2: positive. */
static bool serial_is_positive(struct tls_span serial)
{
	struct tls_span v = tls_der_take_unsigned(&serial);

	return v.len > 1 || (v.len == 1 && v.p[0] != 0);
}

/* Section 4.2.1.1: the key identifier, but for a self-signed certificate that has the extension not at all. */
static enum tls_flaw profile_key_id(const struct tls_node *node)
{
	if (node->exts.issuer_key_id.len > 0)
		return TLS_FLAW_NONE;
	if (has(node->exts.seen, TLS_EXT_AUTHORITY_KEY_ID) || (!node->self_issued && !node->self_signed))
		return TLS_FLAW_NO_KEY_ID;
	return TLS_FLAW_NONE;
}

static enum tls_flaw profile_any(const struct tls_node *node)
{
	const struct tls_exts *e = &node->exts;

	if (node->cert.version != 3)
		return TLS_FLAW_VERSION;
	if (node->cert.odd_dates)
		return TLS_FLAW_MALFORMED;
	if (!serial_is_positive(node->cert.serial))
		return TLS_FLAW_SERIAL;
	if (tls_dn_is_empty(node->cert.issuer))
		return TLS_FLAW_NAME_FORM;
	if (has(e->critical, TLS_EXT_AUTHORITY_KEY_ID | TLS_EXT_SUBJECT_KEY_ID))
		return TLS_FLAW_CRITICALITY;
	if (has(e->seen, TLS_EXT_POLICY_CONSTRAINTS)) /* a critical one is unknown */
		return TLS_FLAW_CRITICALITY;
	if (e->path_len != TLS_EXTS_NO_PATH_LEN && !e->ca) /* section 4.2.1.9 */
		return TLS_FLAW_CONTRADICTION;
	return profile_key_id(node);
}

/* ---- Addresses in the common name: Baseline Requirements 7.1.4.3 ------------------------------------- */

static bool is_hex_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Something that a lenient reader takes for an address: 0x7f000001, 127.0.0.01, ::1, 2001:DB8::. */
static bool looks_like_address(struct tls_span text)
{
	bool colon = false, other = false;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];

		colon = colon || c == ':';
		other = other || (c != ':' && c != '.' && c != 'x' && c != 'X' && !is_hex_digit(c));
	}
	return text.len > 0 && !other && (colon || (text.p[0] >= '0' && text.p[0] <= '9'));
}

static void put_number(struct tls_buf *out, unsigned v, unsigned base)
{
	static const char digits[] = "0123456789abcdef";
	unsigned unit = 1;

	while (v / unit >= base)
		unit *= base;
	for (; unit > 0; unit /= base)
		tls_buf_u8(out, (unsigned char)digits[v / unit % base]);
}

static unsigned group(struct tls_span ip, size_t i)
{
	return (unsigned)ip.p[2 * i] << 8 | ip.p[2 * i + 1];
}

static size_t zeros_at(struct tls_span ip, size_t i)
{
	size_t n = 0;

	while (i + n < 8 && group(ip, i + n) == 0)
		n++;
	return n;
}

/* RFC 5952 section 4: the first longest run of at least two zero groups is "::". */
static void put_v6(struct tls_buf *out, struct tls_span ip)
{
	size_t run = 0, run_len = 1;

	for (size_t i = 0; i < 8; i++) {
		if (zeros_at(ip, i) > run_len) {
			run = i;
			run_len = zeros_at(ip, i);
		}
	}
	for (size_t i = 0; i < 8; i++) {
		if (run_len > 1 && i == run) {
			tls_buf_bytes(out, "::", 2);
			i += run_len - 1;
			continue;
		}
		if (i > 0 && !(run_len > 1 && i == run + run_len))
			tls_buf_u8(out, ':');
		put_number(out, group(ip, i), 16);
	}
}

static void put_ip(struct tls_buf *out, struct tls_span ip)
{
	if (ip.len == 16) {
		put_v6(out, ip);
		return;
	}
	for (size_t i = 0; i < ip.len; i++) {
		if (i > 0)
			tls_buf_u8(out, '.');
		put_number(out, ip.p[i], 10);
	}
}

static bool is_canonical(struct tls_span text)
{
	uint8_t ip[16], room[IP_TEXT_MAX_LEN];
	size_t len = tls_ip_read(ip, text);
	struct tls_buf b;

	tls_buf_init_fixed(&b, room, sizeof(room));
	put_ip(&b, tls_span(ip, len));
	return len > 0 && tls_buf_ok(&b) && tls_mem_same(b.p, b.len, text.p, text.len);
}

/* The common name decides nothing here, but a reader of another make may take it for an address. */
static bool common_name_is_odd(struct tls_span subject)
{
	struct tls_dn_walk walk = tls_dn_begin(subject);
	struct tls_dn_attribute a;

	while (tls_dn_next(&walk, &a)) {
		if (tls_oid_is(a.type, TLS_OID_COMMON_NAME) && looks_like_address(a.value) &&
		    !is_canonical(a.value))
			return true;
	}
	return false;
}

/* ---- The two kinds ------------------------------------------------------------------------------------- */

enum tls_flaw tls_profile_leaf(const struct tls_node *leaf)
{
	const struct tls_exts *e = &leaf->exts;
	enum tls_flaw fault = profile_any(leaf);

	if (fault != TLS_FLAW_NONE)
		return fault;
	/* Section 4.2.1.6, Baseline Requirements 7.1.2.7.12: critical when the subject is empty, and only then. */
	if (has(e->seen, TLS_EXT_SUBJECT_ALT_NAME) &&
	    has(e->critical, TLS_EXT_SUBJECT_ALT_NAME) != tls_dn_is_empty(leaf->cert.subject))
		return TLS_FLAW_CRITICALITY;
	/* Baseline Requirements 7.1.2.7.6: extKeyUsage MUST be there, not critical. */
	if (!e->ca && !has(e->seen, TLS_EXT_EXT_KEY_USAGE))
		return TLS_FLAW_PURPOSE;
	if (has(e->critical, TLS_EXT_EXT_KEY_USAGE))
		return TLS_FLAW_CRITICALITY;
	return common_name_is_odd(leaf->cert.subject) ? TLS_FLAW_NAME_FORM : TLS_FLAW_NONE;
}

enum tls_flaw tls_profile_issuer(const struct tls_node *issuer, bool is_anchor)
{
	const struct tls_exts *e = &issuer->exts;
	enum tls_flaw fault = profile_any(issuer);

	if (fault != TLS_FLAW_NONE)
		return fault;
	if (tls_dn_is_empty(issuer->cert.subject)) /* section 4.1.2.6 */
		return TLS_FLAW_NAME_FORM;
	if (!has(e->critical, TLS_EXT_BASIC_CONSTRAINTS)) /* section 4.2.1.9 */
		return TLS_FLAW_CRITICALITY;
	if (!has(e->seen, TLS_EXT_SUBJECT_KEY_ID)) /* section 4.2.1.2 */
		return TLS_FLAW_NO_KEY_ID;
	/* Baseline Requirements 7.1.2.1.2 and 7.1.2.1.3: roots. */
	if (is_anchor && issuer->self_issued &&
	    (e->issuer_named || has(e->seen, TLS_EXT_EXT_KEY_USAGE)))
		return TLS_FLAW_CONTRADICTION;
	return TLS_FLAW_NONE;
}
