//! Passwords, encryption, keys and certificates.

mod certificate;
mod encryption;
mod fermat;
mod key;
mod montgomery;
mod passwords;
mod pem;
mod prime;

pub(super) use certificate::{
    Subject, build_custom_cert, gen_ca, gen_self_signed_cert, gen_signed_cert,
};
pub(super) use encryption::{decrypt_aes, encrypt_aes};
pub(super) use key::gen_private_key;
pub(super) use passwords::{bcrypt, derive_password, htpasswd};
