//! AES-256 in CBC mode; the key is the password itself, cut or filled with zeros to 32 bytes.

use aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};

use crate::engine::functions::Error;
use crate::engine::functions::encoding::decode_base64;
use crate::engine::functions::limits::check_text;
use crate::engine::functions::random::random_bytes;

const BLOCK: usize = 16;

fn key_of(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let size = password.len().min(key.len());
    key[..size].copy_from_slice(&password[..size]);
    key
}

/// Encrypts a text; an empty one stays empty.
pub(in crate::engine::functions) fn encrypt_aes(
    password: &[u8],
    text: &[u8],
) -> Result<String, Error> {
    if text.is_empty() {
        return Ok(String::new());
    }
    check_text(text.len().checked_mul(2))?;
    let mut vector = [0; BLOCK];
    vector.copy_from_slice(&random_bytes(BLOCK)?);
    let encryptor = cbc::Encryptor::<Aes256>::new(&key_of(password).into(), &vector.into());
    let encrypted = encryptor.encrypt_padded_vec_mut::<Pkcs7>(text);
    Ok(STANDARD.encode([vector.as_slice(), &encrypted].concat()))
}

/// Decrypts a text; an empty one stays empty.
pub(in crate::engine::functions) fn decrypt_aes(
    password: &[u8],
    text: &[u8],
) -> Result<Vec<u8>, Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let bytes = decode_base64(text)?;
    let Some((vector, encrypted)) = bytes.split_first_chunk::<BLOCK>() else {
        let size = bytes.len();
        return Err(out_of_range(&format!("slice bounds out of range [:16] with capacity {size}")));
    };
    let decryptor = cbc::Decryptor::<Aes256>::new(&key_of(password).into(), vector.into());
    let Ok(mut plain) = decryptor.decrypt_padded_vec_mut::<NoPadding>(encrypted) else {
        return Err(Error::from("crypto/cipher: input not full blocks"));
    };
    let Some(&padding) = plain.last() else {
        return Err(out_of_range("index out of range [-1]"));
    };
    let Some(size) = plain.len().checked_sub(usize::from(padding)) else {
        let size = plain.len() as i64 - i64::from(padding);
        return Err(out_of_range(&format!("slice bounds out of range [:{size}]")));
    };
    plain.truncate(size);
    Ok(plain)
}

fn out_of_range(what: &str) -> Error {
    Error::from(format!("runtime error: {what}"))
}
