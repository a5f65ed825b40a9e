//! Bytes that only a passphrase opens, and that cannot be changed without it.
//!
//! scrypt makes two keys of the passphrase; AES-256 in CBC mode hides the bytes, and HMAC-SHA256 is
//! laid over what is readable and what is hidden (encrypt, then authenticate).

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What scrypt is asked for: 32 MiB and a tenth of a second (RFC 7914 leaves it to the user).
const COST: (u8, u32, u32) = (15, 8, 1);

/// What is needed besides the passphrase.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Seal {
    salt: String,
    vector: String,
    tag: String,
}

/// Hides bytes; `readable` is protected against change with them.
pub(super) fn seal(
    passphrase: &str,
    readable: &[u8],
    bytes: &[u8],
) -> Result<(Seal, Vec<u8>), getrandom::Error> {
    let (mut salt, mut vector) = ([0; 16], [0; 16]);
    getrandom::fill(&mut salt)?;
    getrandom::fill(&mut vector)?;
    let (key, mac_key) = keys(passphrase, &salt);
    let encryptor = cbc::Encryptor::<Aes256>::new(&key.into(), &vector.into());
    let hidden = encryptor.encrypt_padded_vec_mut::<Pkcs7>(bytes);
    let tag = mac(&mac_key, readable, &salt, &vector, &hidden).finalize().into_bytes();
    let seal = Seal {
        salt: STANDARD.encode(salt),
        vector: STANDARD.encode(vector),
        tag: STANDARD.encode(tag),
    };
    Ok((seal, hidden))
}

/// Opens what was hidden; `None` if the passphrase is another or something was changed.
pub(super) fn open(
    passphrase: &str,
    readable: &[u8],
    seal: &Seal,
    hidden: &[u8],
) -> Option<Vec<u8>> {
    let salt = STANDARD.decode(&seal.salt).ok()?;
    let vector: [u8; 16] = STANDARD.decode(&seal.vector).ok()?.try_into().ok()?;
    let (key, mac_key) = keys(passphrase, &salt);
    let tag = STANDARD.decode(&seal.tag).ok()?;
    mac(&mac_key, readable, &salt, &vector, hidden).verify_slice(&tag).ok()?;
    let decryptor = cbc::Decryptor::<Aes256>::new(&key.into(), &vector.into());
    decryptor.decrypt_padded_vec_mut::<Pkcs7>(hidden).ok()
}

fn keys(passphrase: &str, salt: &[u8]) -> ([u8; 32], [u8; 32]) {
    let (log_n, r, p) = COST;
    let params = scrypt::Params::new(log_n, r, p, 64).expect("the cost is a valid one");
    let (mut key, mut mac_key, mut both) = ([0; 32], [0; 32], [0; 64]);
    scrypt::scrypt(passphrase.as_bytes(), salt, &params, &mut both).expect("64 bytes can be had");
    key.copy_from_slice(&both[..32]);
    mac_key.copy_from_slice(&both[32..]);
    (key, mac_key)
}

fn mac(key: &[u8], readable: &[u8], salt: &[u8], vector: &[u8], hidden: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("a key may have any size");
    for part in [readable, salt, vector, hidden] {
        // The size in front keeps parts from being shifted into each other.
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_passphrase_opens_what_is_unchanged() {
        let (seal, hidden) = seal("open sesame", b"head", b"a secret text").unwrap();
        assert!(!hidden.windows(6).any(|part| part == b"secret"));
        let opened = |passphrase, head: &[u8], hidden: &[u8]| open(passphrase, head, &seal, hidden);
        assert_eq!(opened("open sesame", b"head", &hidden).unwrap(), b"a secret text");
        assert_eq!(opened("open", b"head", &hidden), None);
        assert_eq!(opened("open sesame", b"other", &hidden), None);
        let mut changed = hidden.clone();
        changed[0] ^= 1;
        assert_eq!(opened("open sesame", b"head", &changed), None);
    }
}
