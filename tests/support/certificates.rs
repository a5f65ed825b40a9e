//! The test plane's keys and certificates: one authority, the API server, an administrator, and the key of service account tokens.

use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

type Error = Box<dyn std::error::Error>;

/// Writes `<name>.crt` and `<name>.key` of each party to a folder, and `sa.pub` for checking tokens.
pub(crate) fn write(folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder)?;
    let ca = authority()?;
    std::fs::write(folder.join("ca.crt"), ca.pem())?;
    let names = ["127.0.0.1", "localhost", "10.0.0.1", "kubernetes.default.svc"];
    issue(folder, "apiserver", &ca, &names, &[(DnType::CommonName, "apiserver")])?;
    // The API server takes the organization for the group; this one may do anything.
    let admin = [(DnType::CommonName, "admin"), (DnType::OrganizationName, "system:masters")];
    issue(folder, "admin", &ca, &[], &admin)?;
    let tokens = KeyPair::generate()?;
    std::fs::write(folder.join("sa.key"), tokens.serialize_pem())?;
    std::fs::write(folder.join("sa.pub"), tokens.public_key_pem())?;
    Ok(())
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "windlass-test-ca");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn issue(
    folder: &Path,
    file: &str,
    ca: &CertifiedIssuer<'static, KeyPair>,
    names: &[&str],
    subject: &[(DnType, &str)],
) -> Result<(), Error> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    for (part, value) in subject {
        params.distinguished_name.push(part.clone(), *value);
    }
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, ca)?;
    std::fs::write(folder.join(format!("{file}.crt")), certificate.pem())?;
    std::fs::write(folder.join(format!("{file}.key")), key.serialize_pem())?;
    Ok(())
}
