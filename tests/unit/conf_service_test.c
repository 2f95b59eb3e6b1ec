#include "unit.h"

#include "conf_case.h"

#define NAME63 "a23456789b123456789c123456789d123456789e123456789f123456789g123"
#define START "services = ( {\n"
#define NAME "name = \"w\";\n"
#define LISTEN "listen = [ \"127.0.0.1:0\" ];\n"
#define CERTIFICATES "certificates = ( { chain = \"c\"; key = \"k\"; } );\n"
#define BACKENDS "backends = ( \"127.0.0.1:80\" );\n"
#define END "} );\n"

static void test_missing(void **state)
{
	(void)state;
	case_expect("", "t: services is missing\n");
	case_expect("services = ( );", "t:1: services is empty\n");
	case_expect(START END,
	    "t:1: services.name is missing\nt:1: services.listen is missing\n"
	    "t:1: services.certificates is missing\nt:1: services.backends is missing\n");
	case_expect(START "name = \"\"; listen = [ ]; certificates = ( ); backends = ( );" END,
	    "t:2: services.name is empty\nt:2: services.listen is empty\n"
	    "t:2: services.certificates is empty\nt:2: services.backends is empty\n");
	case_expect(START NAME LISTEN "certificates = ( { }, { chain = \"\"; key = \"k\"; } );\n"
				      "backends = ( { },\n { address = \"\"; } );\n" END,
	    "t:4: services.certificates.chain is missing\nt:4: services.certificates.key is "
	    "missing\n"
	    "t:4: services.certificates.chain is empty\n"
	    "t:5: services.backends.address is missing\nt:6: services.backends.address is empty\n");
}

static void test_name(void **state)
{
	(void)state;
	case_expect(START "name = \"" NAME63 "\";\n" LISTEN CERTIFICATES BACKENDS END, "");
	case_expect(START "name = \"" NAME63 "4\";\n" LISTEN CERTIFICATES BACKENDS END,
	    "t:2: services.name: \"" NAME63
	    "4\" is not made of up to 63 letters, digits, '.', '-', '_'\n");
	case_expect(START "name = \"a b\\n\";\n" LISTEN CERTIFICATES BACKENDS END,
	    "t:2: services.name: \"a b\\x0a\" is not made of up to 63 letters, digits, '.', '-', "
	    "'_'\n");
	case_expect(START NAME LISTEN CERTIFICATES BACKENDS
	    "},\n{" NAME LISTEN CERTIFICATES BACKENDS END,
	    "t:7: services.name: \"w\" is already the name of the service at t:1\n");
}

static void test_listen(void **state)
{
	(void)state;
	case_expect(START NAME
	    "listen = [ \"127.0.0.1:443\",\n\"[::]:443\",\n\"unix:s\",\n\"127.0.0.1\" "
	    "];\n" CERTIFICATES BACKENDS
	    "}, { name = \"v\";\nlisten = [ \"127.0.0.1:443\",\n\"[0::0]:443\", \"unix:s\" "
	    "];\n" CERTIFICATES BACKENDS END,
	    "t:6: services.listen: \"127.0.0.1\": the port is missing: HOST:PORT\n"
	    "t:10: services.listen: \"127.0.0.1:443\" is already listened on at t:3\n"
	    "t:11: services.listen: \"[0::0]:443\" is already listened on at t:4\n"
	    "t:11: services.listen: \"unix:s\" is already listened on at t:5\n");
	case_expect(START NAME "listen = [ \"[::1]:1\",\n\"[::1]:1\" ];" CERTIFICATES BACKENDS END,
	    "t:4: services.listen: \"[::1]:1\" is already listened on at t:3\n");
	case_expect(START NAME "listen = [ \"fd:web\",\n\"fd:api\", \"fd:web\" ];" CERTIFICATES BACKENDS END,
	    "t:4: services.listen: \"fd:web\" is already listened on at t:3\n");
}

static void test_backends(void **state)
{
	(void)state;
	case_expect(START NAME LISTEN CERTIFICATES
	    "backends = ( \"a:80\", \"a:80\",\n{ address = \"b:80\"; } );" END,
	    "");
	case_expect(START NAME LISTEN CERTIFICATES
	    "backends = ( \"a\",\n{ address = \"b:0\"; },\n{\nweight = 1;\n"
	    "address = \"c:1\"; } );" END,
	    "t:5: services.backends: \"a\": the port is missing: HOST:PORT\n"
	    "t:6: services.backends: \"b:0\": the port can't be 0\n"
	    "t:8: services.backends.weight is not supported by this version\n");
}

#define GROUPS                                                                                     \
	"X25519MLKEM768, SecP256r1MLKEM768, x25519, secp256r1, secp384r1, secp521r1, best first; " \
	"empty: as the policy says\n"

static void test_tls(void **state)
{
	char text[1024];

	(void)state;
	case_expect(CASE_SERVICE("tls: { policy = \"strong\"; };"),
	    "t:4: services.tls.policy: unknown value \"strong\": modern (TLS 1.3 only) or "
	    "intermediate (also TLS "
	    "1.2)\n");
	case_expect(
	    CASE_SERVICE("tls: { ciphersuites = [ \"TLS_AES_128_GCM_SHA256\",\n\"AES256-SHA\" ];\n"
			 "groups = [ \"x25519\", \"x448?\",\n \"\" ]; };"),
	    "t:5: services.tls.ciphersuites: \"AES256-SHA\": unknown algorithm name: IANA names such as "
	    "TLS_AES_128_GCM_SHA256, best first; empty: as the policy says\n"
	    "t:6: services.tls.groups: \"x448?\": unknown algorithm name: " GROUPS
	    "t:7: services.tls.groups: \"\": unknown algorithm name: " GROUPS);
	case_expect(CASE_SERVICE("tls: { min_version = \"1.3\"; max_version = \"1.2\"; };"),
	    "t:4: services.tls: no version is left: at least 1.3, at most 1.2\n");
	case_expect(CASE_SERVICE("tls: { policy = \"modern\"; max_version = \"1.2\"; };"),
	    "t:4: services.tls: no version is left: at least 1.3 by its policy, at most 1.2\n");
	snprintf(text, sizeof(text),
	    CASE_SERVICE("tls: { alpn = [ \"h2\", \"%0255d\", \"\", \"%0256d\" ]; };"), 1, 1);
	case_expect(text, "t:4: services.tls.alpn: a name has 1 to 255 bytes\n"
			  "t:4: services.tls.alpn: a name has 1 to 255 bytes\n");
}

static void test_alpn_bound(void **state)
{
	char text[2048] = CASE_SERVICE("tls: { alpn = [ \"p0\"");
	char *at, one[16];

	(void)state;
	*strrchr(text, '}') = '\0';
	for (int i = 1; i < 64; i++) {
		snprintf(one, sizeof(one), ", \"p%d\"", i);
		strcat(text, one);
	}
	at = text + strlen(text);
	strcpy(at, " ]; } } );");
	case_expect(text, "");
	strcpy(at, ", \"p64\" ]; } } );");
	case_expect(text, "t:4: services.tls.alpn: more than 64 names\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_missing),
	    cmocka_unit_test(test_name),
	    cmocka_unit_test(test_listen),
	    cmocka_unit_test(test_backends),
	    cmocka_unit_test(test_tls),
	    cmocka_unit_test(test_alpn_bound),
	};

	return cmocka_run_group_tests_name("conf_service", tests, NULL, NULL);
}
