/* ctl_probe_cert_test.c - daemon/ctl/probe_cert.c: certificates of tests/data as JSON, held against openssl's words. */
#include "unit.h"

#include "daemon/ctl/probe_cert.h"
#include "data.h"

#define LATE 4948868475 /* a second behind the end of those of make.sh */

static char *told(const char *file, int64_t now)
{
	struct px_story story;
	struct data der;
	tls_datum_t cert;
	json_t *object;
	char *text;

	data_read_der(&der, file, 0);
	cert = (tls_datum_t){.data = der.bytes, .size = (unsigned)der.len};
	px_story_init(&story, NULL);
	object = px_probe_cert_object(&story, &cert, now);
	assert_false(story.no_memory);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	px_story_clear(&story);
	return text;
}

static void assert_told(const char *file, int64_t now, const char *wanted)
{
	char *text = told(file, now);

	assert_string_equal(text, wanted);
	free(text);
}

#define DATES "\"not_before\":\"2026-11-21T13:41:14Z\",\"not_after\":\"2126-10-28T13:41:14Z\","

static void certificates_are_objects(void **state)
{
	(void)state;
	assert_told("rsa.crt.pem", LATE - 1 - 86400,
	    "{\"subject\":\"CN=rsa, O=Quench test\",\"issuer\":\"itself\",\"names\":[\"pair.example\",\"www.pair.example\","
	    "\"2001:db8::1\",\"a@pair.example\"]," DATES "\"days_left\":1,\"key\":\"RSA, 2048 bits\","
	    "\"signature\":\"rsa_pkcs1_sha256\",\"serial\":\"63caade47615873c27c9fefb6a1a170762dc1204\","
	    "\"sha256\":\"9642f0b29b2f5b9536095963d4b32933ee41e5a2a60252435cbbb78cc6dbff18\","
	    "\"pin_sha256\":\"3Kb96amlV7VRjvVktfzHpP/1A6dREafU9BqRbr+hi+g=\"}");
	assert_told("ed448.crt.pem", LATE,
	    "{\"subject\":\"CN=ed448\",\"issuer\":\"itself\"," DATES "\"days_left\":-1,"
	    "\"key\":\"of a kind that is not supported\",\"signature\":\"Ed448\","
	    "\"serial\":\"57b592ee553d4880452f7db572f0dab1b58a7972\",\"ca\":true,"
	    "\"sha256\":\"5a55dc92f5dda7951d776b2b7aef5feb4d265e380993dbba529dfc7e5429e047\","
	    "\"pin_sha256\":\"Gb8CG78ITOIfv4VR2vakVkODanLsP2DNEE2AZpc7228=\"}");
}

static void what_is_none_is_told(void **state)
{
	tls_datum_t none = {.data = (unsigned char *)(uintptr_t)"\x30\x00", .size = 2};
	struct px_story story;
	json_t *object;

	(void)state;
	px_story_init(&story, NULL);
	object = px_probe_cert_object(&story, &none, 0);
	assert_string_equal(json_string_value(json_object_get(object, "error")), "malformed certificate");
	json_decref(object);
	px_story_clear(&story);
}

static void staple(const char *cert_file, const char *response_file, const char *says, bool dated)
{
	struct data cert_der, response_der;
	tls_datum_t cert, response;
	struct px_story story;
	json_t *object = json_object();

	data_read_der(&cert_der, cert_file, 0);
	data_read(&response_der, response_file);
	cert = (tls_datum_t){.data = cert_der.bytes, .size = (unsigned)cert_der.len};
	response = (tls_datum_t){.data = response_der.bytes, .size = (unsigned)response_der.len};
	px_story_init(&story, NULL);
	px_probe_cert_set_staple(&story, object, &cert, &response);
	assert_string_equal(json_string_value(json_object_get(object, "says")), says);
	assert_int_equal(json_object_get(object, "this_update") != NULL, dated);
	if (dated)
		assert_string_equal(json_string_value(json_object_get(object, "this_update")), "2026-11-21T17:20:25Z");
	json_decref(object);
	px_story_clear(&story);
}

static void staples_are_told(void **state)
{
	(void)state;
	staple("ocsp-leaf.crt.pem", "ocsp-good.der", "good", true);
	staple("ocsp-leaf.crt.pem", "ocsp-revoked.der", "revoked", true);
	staple("ocsp-responder.crt.pem", "ocsp-unknown.der", "unknown", true);
	staple("ocsp-responder.crt.pem", "ocsp-good.der", "nothing of this certificate", false);
	staple("ocsp-leaf.crt.pem", "make.sh", "nothing that can be read", false);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(certificates_are_objects),
	    cmocka_unit_test(what_is_none_is_told),
	    cmocka_unit_test(staples_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
