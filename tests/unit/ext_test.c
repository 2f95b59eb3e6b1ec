/* ext_test.c - the extension table against a copy typed from RFC 8446 section 4.2, and the list. */
#include "codec.h"

#include "tls/msg/ext.h"

static const struct {
	const char *name;
	unsigned mask;
} messages[] = {
    {"CH", TLS_EXT_IN_CH},
    {"SH", TLS_EXT_IN_SH},
    {"HRR", TLS_EXT_IN_HRR},
    {"EE", TLS_EXT_IN_EE},
    {"CT", TLS_EXT_IN_CT},
    {"CR", TLS_EXT_IN_CR},
    {"NST", TLS_EXT_IN_NST},
    {"SH12", TLS_EXT_IN_SH12},
};

#define N_MESSAGES (sizeof(messages) / sizeof(messages[0]))

/* The numbers of section 4.2's enumeration with the last column of its table; RFC 8449. SH12: the ServerHello of
 * TLS 1.2, by the RFC of each extension. */
static const struct {
	unsigned number;
	const char *may_stand_in;
} rfc8446[] = {
    {0, "CH, EE, SH12"},       /* server_name */
    {1, "CH, EE, SH12"},       /* max_fragment_length */
    {5, "CH, CR, CT, SH12"},   /* status_request */
    {10, "CH, EE"},      /* supported_groups */
    {11, "CH, SH12"},    /* ec_point_formats, RFC 8422 section 5.1.2 */
    {13, "CH, CR"},      /* signature_algorithms */
    {14, "CH, EE, SH12"},      /* use_srtp */
    {15, "CH, EE, SH12"},      /* heartbeat */
    {16, "CH, EE, SH12"},      /* application_layer_protocol_negotiation */
    {18, "CH, CR, CT, SH12"},  /* signed_certificate_timestamp */
    {19, "CH, EE, SH12"},      /* client_certificate_type */
    {20, "CH, EE, SH12"},      /* server_certificate_type */
    {21, "CH"},          /* padding */
    {22, "CH, SH12"},    /* encrypt_then_mac, RFC 7366 */
    {23, "CH, SH12"},    /* extended_master_secret, RFC 7627 */
    {28, "CH, EE, SH12"},      /* record_size_limit */
    {35, "CH, SH12"},    /* session_ticket, RFC 5077 */
    {41, "CH, SH"},      /* pre_shared_key */
    {42, "CH, EE, NST"}, /* early_data */
    {43, "CH, SH, HRR"}, /* supported_versions */
    {44, "CH, HRR"},     /* cookie */
    {45, "CH"},          /* psk_key_exchange_modes */
    {47, "CH, CR"},      /* certificate_authorities */
    {48, "CR"},          /* oid_filters */
    {49, "CH"},          /* post_handshake_auth */
    {50, "CH, CR"},      /* signature_algorithms_cert */
    {51, "CH, SH, HRR"}, /* key_share */
    {0xff01, "CH, SH12"}, /* renegotiation_info, RFC 5746 */
};

/* True if word stands in the list "A, B, C". */
static bool listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; (at = strstr(at, word)) != NULL; at++)
		if ((at == list || at[-1] == ' ') && (at[n] == '\0' || at[n] == ','))
			return true;
	return false;
}

static bool allowed(unsigned number, const char *message)
{
	for (size_t i = 0; i < sizeof(rfc8446) / sizeof(rfc8446[0]); i++)
		if (rfc8446[i].number == number)
			return listed(rfc8446[i].may_stand_in, message);
	return true;
}

static void table_is_rfc8446(void **state)
{
	(void)state;
	for (unsigned number = 0; number <= 0xffff; number++) {
		uint8_t one[] = {0, 4, (uint8_t)(number >> 8), (uint8_t)number, 0, 0};

		for (size_t i = 0; i < N_MESSAGES; i++) {
			struct tls_span s = tls_span(one, sizeof(one));
			struct tls_ext_list list;
			int err = tls_ext_decode(&list, &s, (enum tls_ext_msg)messages[i].mask);

			assert_int_equal(
			    err, allowed(number, messages[i].name) ? 0 : TLS_E_ILLEGAL_EXTENSION);
			if (err == 0)
				assert_true(list.n == 1 && list.ext[0].type == number);
		}
	}
}

static int decode(struct tls_span s)
{
	struct tls_ext_list list;
	int err = tls_ext_decode(&list, &s, TLS_EXT_IN_CH);

	return err != 0 || tls_span_end(&s) ? err : TLS_E_UNEXPECTED_PACKET_LENGTH;
}

/* Unknown 0xfafa, server_name, padding; in that order. */
static const char three[] = "0011 fafa 0001 07 0000 0000 0015 0004 00000000";

static void list_is_split(void **state)
{
	struct hex h = unhex(three);
	struct tls_span s = tls_span(h.p, h.len);
	struct tls_ext_list list;

	(void)state;
	assert_int_equal(tls_ext_decode(&list, &s, TLS_EXT_IN_CH), 0);
	assert_true(tls_span_end(&s));
	assert_int_equal(list.n, 3);
	assert_int_equal(list.ext[0].type, 0xfafa);
	assert_hex(list.ext[0].body.p, list.ext[0].body.len, "07");
	assert_ptr_equal(tls_ext_find(&list, 0), &list.ext[1]);
	assert_int_equal(list.ext[1].body.len, 0);
	assert_ptr_equal(tls_ext_find(&list, 21), &list.ext[2]);
	assert_null(tls_ext_find(&list, 1));
}

static void cut_and_lengths(void **state)
{
	struct hex h = unhex(three);

	(void)state;
	codec_cut(decode, h.p, h.len, 0);
	codec_longer(decode, h.p, h.len);
	codec_length(decode, h.p, h.len, 0, 2);
	codec_length(decode, h.p, h.len, 4, 2);
	codec_length(decode, h.p, h.len, 9, 2);
	codec_length(decode, h.p, h.len, 13, 2);
	assert_int_equal(codec_try_hex(decode, "0000"), 0);
}

static void twice_is_refused(void **state)
{
	(void)state;
	assert_int_equal(
	    codec_try_hex(decode, "0008 fafa 0000 fafa 0000"), TLS_E_ILLEGAL_PARAMETER);
	assert_int_equal(
	    codec_try_hex(decode, "0008 0015 0000 0015 0000"), TLS_E_ILLEGAL_PARAMETER);
	assert_int_equal(
	    codec_try_hex(decode, "000c fafa 0000 0015 0000 fafa 0000"), TLS_E_ILLEGAL_PARAMETER);
}

static void too_many_are_refused(void **state)
{
	uint8_t many[2 + 4 * (TLS_EXT_MAX + 1)] = {0};

	(void)state;
	for (unsigned n = TLS_EXT_MAX; n <= TLS_EXT_MAX + 1; n++) {
		many[0] = (uint8_t)(n * 4 >> 8);
		many[1] = (uint8_t)(n * 4);
		for (unsigned i = 0; i < n; i++) {
			many[2 + 4 * i] = 0x77;
			many[3 + 4 * i] = (uint8_t)i;
		}
		assert_int_equal(codec_try(decode, many, 2 + 4 * n),
		    n <= TLS_EXT_MAX ? 0 : TLS_E_UNEXPECTED_PACKET_LENGTH);
	}
}

static void write_one(struct tls_buf *b)
{
	struct tls_block e = tls_ext_open(b, 0x002b);

	tls_buf_u16(b, 0x0304);
	tls_buf_close(b, e);
}

static void open_writes_number_and_length(void **state)
{
	struct hex h = unhex("002b 0002 0304");

	(void)state;
	codec_writes(write_one, h.p, h.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table_is_rfc8446),
	    cmocka_unit_test(list_is_split),
	    cmocka_unit_test(cut_and_lengths),
	    cmocka_unit_test(twice_is_refused),
	    cmocka_unit_test(too_many_are_refused),
	    cmocka_unit_test(open_writes_number_and_length),
	};

	return cmocka_run_group_tests_name("ext", tests, NULL, NULL);
}
