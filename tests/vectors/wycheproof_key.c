/* wycheproof_key.c - X25519 and ECDH. See wycheproof.h. */
#include "tests/unit/unit.h"

#include <string.h>

#include "tls/crypto/group.h"
#include "tls/tls.h"
#include "wycheproof.h"

/* private: its numeric value as the group's fixed number of bytes. */
static void set_private(struct tls_group_key *key, struct wyche_bytes private, size_t len)
{
	const uint8_t *p = private.p;
	size_t n = private.len;

	for (; n > len; n--, p++)
		assert_int_equal(*p, 0);
	memcpy(key->private_key + len - n, p, n);
}

static enum wyche_verdict run(const struct tls_group *group, const json_t *v)
{
	struct wyche_bytes public = wyche_hex(v, "public"), private = wyche_hex(v, "private");
	struct wyche_bytes shared = wyche_hex(v, "shared");
	struct tls_group_key key = {.group = group};
	uint8_t secret[TLS_GROUP_SECRET_MAX_LEN];
	int ret;

	set_private(&key, private, group->secret_len);
	ret = tls_group_finish(secret, &key, public.p, public.len);
	if (ret == 0) {
		assert_int_equal(shared.len, group->secret_len);
		assert_memory_equal(secret, shared.p, shared.len);
	} else {
		assert_int_equal(ret, TLS_E_ILLEGAL_KEY_SHARE);
	}
	wyche_free(public);
	wyche_free(private);
	wyche_free(shared);
	return ret == 0 ? WYCHE_ACCEPTED : WYCHE_REFUSED;
}

enum wyche_verdict wyche_ecdh(const json_t *group, const json_t *vector)
{
	const struct tls_group *g = tls_group_by_name(wyche_text(group, "curve"));

	assert_non_null(g);
	return run(g, vector);
}

enum wyche_verdict wyche_x25519(const json_t *group, const json_t *vector)
{
	assert_string_equal(wyche_text(group, "curve"), "curve25519");
	return run(tls_group_by_name("x25519"), vector);
}
