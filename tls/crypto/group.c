/* group.c - see group.h. */
#include "group.h"

#include <nettle/curve25519.h>
#include <string.h>

#include "../bytes/mem.h"
#include "../tls.h"
#include "ecc.h"
#include "mlkem.h"

_Static_assert(TLS_ECC_COORD_MAX_LEN == TLS_GROUP_PRIVATE_MAX_LEN, "private keys are scalars");

static const struct tls_group groups[] = {
    {TLS_GROUP_X25519, "x25519", 32, 32, 32, NULL, false},
    {TLS_GROUP_SECP256R1, "secp256r1", 65, 65, 32, NULL, false},
    {TLS_GROUP_SECP384R1, "secp384r1", 97, 97, 48, NULL, false},
    {TLS_GROUP_SECP521R1, "secp521r1", 133, 133, 66, NULL, false},
    {TLS_GROUP_X25519MLKEM768, "X25519MLKEM768", 1216, 1120, 64, &groups[0], true},
    {TLS_GROUP_SECP256R1MLKEM768, "SecP256r1MLKEM768", 1249, 1153, 64, &groups[1], false},
};

#define N_GROUPS (sizeof(groups) / sizeof(groups[0]))

const struct tls_group *tls_group_by_id(uint16_t id)
{
	for (size_t i = 0; i < N_GROUPS; i++)
		if (groups[i].id == id)
			return &groups[i];
	return NULL;
}

const struct tls_group *tls_group_by_name(const char *name)
{
	for (size_t i = 0; i < N_GROUPS; i++)
		if (strcmp(groups[i].name, name) == 0)
			return &groups[i];
	return NULL;
}

/* NULL for X25519, which has no curve in nettle's interface. */
static const struct ecc_curve *curve_of(const struct tls_group *group)
{
	switch (group->id) {
	case TLS_GROUP_SECP256R1:
		return nettle_get_secp_256r1();
	case TLS_GROUP_SECP384R1:
		return nettle_get_secp_384r1();
	case TLS_GROUP_SECP521R1:
		return nettle_get_secp_521r1();
	default:
		return NULL;
	}
}

/* ---- X25519 */

static int x25519_generate(uint8_t *private_key, uint8_t *share, const struct tls_rng *rng)
{
	int ret = tls_rng_fill(rng, private_key, CURVE25519_SIZE);

	if (ret == 0)
		curve25519_mul_g(share, private_key);
	return ret;
}

static int x25519_finish(uint8_t *secret, const uint8_t *private_key, const uint8_t *peer)
{
	static const uint8_t zero[CURVE25519_SIZE];

	curve25519_mul(secret, private_key, peer);
	/* RFC 8446 section 7.4.2: abort on the all-zero value. */
	return tls_mem_equal(secret, zero, sizeof(zero)) ? TLS_E_ILLEGAL_KEY_SHARE : 0;
}

/* ---- NIST's curves */

static int ecdh_generate(uint8_t *private_key, uint8_t *share, const struct ecc_curve *curve, const struct tls_rng *rng)
{
	struct ecc_scalar scalar;
	struct ecc_point point;
	int ret;

	ecc_scalar_init(&scalar, curve);
	ret = tls_ecc_scalar_random(&scalar, private_key, curve, rng);
	if (ret == 0) {
		ecc_point_init(&point, curve);
		ecc_point_mul_g(&point, &scalar);
		tls_ecc_point_write(share, &point, curve);
		ecc_point_clear(&point);
	}
	tls_ecc_scalar_clear(&scalar);
	return ret;
}

static int ecdh_finish(uint8_t *secret, const uint8_t *private_key, const struct ecc_curve *curve, const uint8_t *peer)
{
	struct ecc_scalar scalar;
	struct ecc_point point;
	bool good;

	ecc_scalar_init(&scalar, curve);
	ecc_point_init(&point, curve);
	good = tls_ecc_point_read(&point, curve, peer, tls_ecc_point_len(curve)) &&
	       tls_ecc_scalar_read(&scalar, private_key, tls_ecc_coord_len(curve));
	if (good) {
		ecc_point_mul(&point, &scalar, &point);
		tls_ecc_point_x(secret, &point, curve);
	}
	tls_ecc_point_clear(&point);
	tls_ecc_scalar_clear(&scalar);
	return good ? 0 : TLS_E_ILLEGAL_KEY_SHARE;
}

/* ---- Either: both sides do the same */

static int ec_generate(uint8_t *private_key, uint8_t *share, const struct tls_group *group, const struct tls_rng *rng)
{
	const struct ecc_curve *curve = curve_of(group);

	return curve != NULL ? ecdh_generate(private_key, share, curve, rng)
			     : x25519_generate(private_key, share, rng);
}

static int ec_finish(uint8_t *secret, const uint8_t *private_key, const struct tls_group *group, const uint8_t *peer)
{
	const struct ecc_curve *curve = curve_of(group);

	return curve != NULL ? ecdh_finish(secret, private_key, curve, peer)
			     : x25519_finish(secret, private_key, peer);
}

static int ec_respond(uint8_t *share, uint8_t *secret, const struct tls_group *group, const uint8_t *peer,
    const struct tls_rng *rng)
{
	uint8_t private_key[TLS_GROUP_PRIVATE_MAX_LEN];
	int ret = ec_generate(private_key, share, group, rng);

	if (ret == 0)
		ret = ec_finish(secret, private_key, group, peer);
	tls_mem_wipe(private_key, sizeof(private_key));
	return ret;
}

/* ---- Hybrids: both parts side by side, draft-ietf-tls-ecdhe-mlkem section 4 */

/* Where each part stands in a share or secret, behind how many bytes of the other one. */
static size_t kem_at(const struct tls_group *group, size_t ec_len)
{
	return group->kem_first ? 0 : ec_len;
}

static size_t ec_at(const struct tls_group *group, size_t kem_len)
{
	return group->kem_first ? kem_len : 0;
}

static int hybrid_generate(struct tls_group_key *key, uint8_t *share, const struct tls_rng *rng)
{
	const struct tls_group *group = key->group;
	uint8_t seed[TLS_MLKEM_KEY_SEED_LEN];
	int ret;

	key->kem = tls_mem_alloc(TLS_MLKEM_PRIVATE_LEN);
	if (key->kem == NULL)
		return TLS_E_MEMORY_ERROR;
	ret = tls_rng_fill(rng, seed, sizeof(seed));
	if (ret == 0) {
		tls_mlkem_generate(share + kem_at(group, group->part->client_share_len), key->kem, seed);
		ret = ec_generate(key->private_key, share + ec_at(group, TLS_MLKEM_PUBLIC_LEN), group->part, rng);
	}
	tls_mem_wipe(seed, sizeof(seed));
	return ret;
}

static int hybrid_respond(uint8_t *share, uint8_t *secret, const struct tls_group *group, const uint8_t *peer,
    const struct tls_rng *rng)
{
	const struct tls_group *part = group->part;
	uint8_t message[TLS_MLKEM_MESSAGE_LEN];
	int ret = tls_rng_fill(rng, message, sizeof(message));

	if (ret == 0)
		ret = tls_mlkem_encapsulate(share + kem_at(group, part->server_share_len),
		    secret + kem_at(group, part->secret_len), peer + kem_at(group, part->client_share_len),
		    TLS_MLKEM_PUBLIC_LEN, message);
	if (ret == 0)
		ret = ec_respond(share + ec_at(group, TLS_MLKEM_CIPHERTEXT_LEN),
		    secret + ec_at(group, TLS_MLKEM_SECRET_LEN), part, peer + ec_at(group, TLS_MLKEM_PUBLIC_LEN), rng);
	tls_mem_wipe(message, sizeof(message));
	return ret;
}

static int hybrid_finish(uint8_t *secret, const struct tls_group_key *key, const uint8_t *peer)
{
	const struct tls_group *group = key->group, *part = group->part;
	int ret = tls_mlkem_decapsulate(secret + kem_at(group, part->secret_len), key->kem,
	    peer + kem_at(group, part->server_share_len), TLS_MLKEM_CIPHERTEXT_LEN);

	if (ret != 0)
		return ret;
	return ec_finish(secret + ec_at(group, TLS_MLKEM_SECRET_LEN), key->private_key, part,
	    peer + ec_at(group, TLS_MLKEM_CIPHERTEXT_LEN));
}

const uint8_t *tls_group_part_share(const struct tls_group *hybrid, const uint8_t *share)
{
	return share + ec_at(hybrid, TLS_MLKEM_PUBLIC_LEN);
}

static void release_kem(struct tls_group_key *key)
{
	tls_mem_free_wiped(key->kem, TLS_MLKEM_PRIVATE_LEN);
	key->kem = NULL;
}

void tls_group_key_narrow(struct tls_group_key *key)
{
	release_kem(key);
	key->group = key->group->part;
}

/* ---- All groups */

int tls_group_generate(struct tls_group_key *key, uint8_t *share, const struct tls_group *group,
    const struct tls_rng *rng)
{
	int ret;

	*key = (struct tls_group_key){.group = group};
	ret = group->part != NULL ? hybrid_generate(key, share, rng)
				  : ec_generate(key->private_key, share, group, rng);
	if (ret != 0)
		tls_group_key_clear(key);
	return ret;
}

/* Of two secrets the first may be there when the second can't be: neither is given. */
int tls_group_respond(uint8_t *share, uint8_t *secret, const struct tls_group *group,
    const uint8_t *peer, size_t peer_len, const struct tls_rng *rng)
{
	int ret;

	if (peer_len != group->client_share_len)
		return TLS_E_ILLEGAL_KEY_SHARE;
	ret = group->part != NULL ? hybrid_respond(share, secret, group, peer, rng)
				  : ec_respond(share, secret, group, peer, rng);
	if (ret != 0)
		tls_mem_wipe(secret, group->secret_len);
	return ret;
}

int tls_group_finish(
    uint8_t *secret, const struct tls_group_key *key, const uint8_t *peer, size_t peer_len)
{
	int ret;

	if (peer_len != key->group->server_share_len)
		return TLS_E_ILLEGAL_KEY_SHARE;
	ret = key->group->part != NULL ? hybrid_finish(secret, key, peer)
				       : ec_finish(secret, key->private_key, key->group, peer);
	if (ret != 0)
		tls_mem_wipe(secret, key->group->secret_len);
	return ret;
}

void tls_group_key_clear(struct tls_group_key *key)
{
	release_kem(key);
	tls_mem_wipe(key, sizeof(*key));
}
