/* kem.c - ML-KEM: what is secret of a key pair, of a ciphertext under way, and of one that nobody has made. */
#include "poison.h"
#include "tls/bytes/mem.h"
#include "tls/crypto/mlkem.h"

static uint8_t public_key[TLS_MLKEM_PUBLIC_LEN], private_key[TLS_MLKEM_PRIVATE_LEN];
static uint8_t ciphertext[TLS_MLKEM_CIPHERTEXT_LEN], kem_secret[TLS_MLKEM_SECRET_LEN];

void poison_kem_generate(void)
{
	uint8_t seed[TLS_MLKEM_KEY_SEED_LEN] = {7};

	SECRET(seed, sizeof(seed));
	tls_mlkem_generate(public_key, private_key, seed);
	poison_must(poison_is_secret(private_key, 384), "private key is not secret");
	PUBLIC(public_key, sizeof(public_key));
}

void poison_kem_encapsulate(void)
{
	uint8_t message[TLS_MLKEM_MESSAGE_LEN] = {8};

	SECRET(message, sizeof(message));
	poison_must(tls_mlkem_encapsulate(ciphertext, kem_secret, public_key, sizeof(public_key), message) == 0,
	    "encapsulate");
	poison_must(poison_is_secret(kem_secret, sizeof(kem_secret)), "secret is not secret");
	PUBLIC(ciphertext, sizeof(ciphertext));
}

void poison_kem_decapsulate(void)
{
	uint8_t again[TLS_MLKEM_SECRET_LEN];

	poison_must(tls_mlkem_decapsulate(again, private_key, ciphertext, sizeof(ciphertext)) == 0, "decapsulate");
	poison_must(poison_is_secret(again, sizeof(again)), "secret is not secret");
	poison_must(tls_mem_equal(again, kem_secret, sizeof(again)), "secret");
	ciphertext[0] ^= 1;
	poison_must(tls_mlkem_decapsulate(again, private_key, ciphertext, sizeof(ciphertext)) == 0, "rejected");
	poison_must(poison_is_secret(again, sizeof(again)), "secret is not secret");
	poison_must(!tls_mem_equal(again, kem_secret, sizeof(again)), "rejected secret");
}
