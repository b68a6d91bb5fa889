//! What is derived from the secret key. The key lies outside the database, and so nothing derived
//! from it needs to be stored.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// 32 random bytes that everything secret is derived from. It does not print.
#[derive(Clone)]
pub struct Secrets {
    key: [u8; 32],
}

/// Why there is no secret key.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// The file can't be read or made.
    #[error("the secret key file {path}: {cause}")]
    File {
        /// The file.
        path: String,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// The text is not 32 bytes in base64.
    #[error("{place} does not hold a secret key: expected 32 bytes in base64")]
    Malformed {
        /// The file or setting.
        place: String,
    },
}

impl Secrets {
    /// A fresh random key.
    pub fn generate() -> Self {
        Self {
            key: rand::random(),
        }
    }

    /// Reads the key from text, 32 bytes in base64; `place` says where the text came from.
    pub fn parse(text: &str, place: &str) -> Result<Self, SecretKeyError> {
        let malformed = || SecretKeyError::Malformed {
            place: place.to_owned(),
        };
        let text = text
            .trim()
            .trim_end_matches('=')
            .replace('+', "-")
            .replace('/', "_");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed())?;
        Ok(Self {
            key: bytes.try_into().map_err(|_| malformed())?,
        })
    }

    /// Reads the key file, or makes it, readable by its owner alone, when there is none.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretKeyError> {
        let failed = |cause| SecretKeyError::File {
            path: path.display().to_string(),
            cause,
        };
        match std::fs::File::open(path) {
            Ok(mut file) => {
                let mut text = String::new();
                file.read_to_string(&mut text).map_err(failed)?;
                Self::parse(&text, &path.display().to_string())
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                let secrets = Self::generate();
                secrets.create(path).map_err(failed)?;
                // Another process may have been first; whoever made the file decides.
                let text = std::fs::read_to_string(path).map_err(failed)?;
                Self::parse(&text, &path.display().to_string())
            }
            Err(cause) => Err(failed(cause)),
        }
    }

    fn create(&self, path: &Path) -> std::io::Result<()> {
        let draft = path.with_extension(format!("new-{}", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        writeln!(file, "{}", URL_SAFE_NO_PAD.encode(self.key))?;
        file.sync_all()?;
        // A link fails when the name is taken, so no key is ever replaced.
        let linked = std::fs::hard_link(&draft, path);
        std::fs::remove_file(&draft)?;
        match linked {
            Err(cause) if cause.kind() != std::io::ErrorKind::AlreadyExists => Err(cause),
            _ => Ok(()),
        }
    }

    /// The token of an invitation's link: 256 bits, the same every time, so that a repeated mail
    /// carries the same link.
    pub fn invitation_token(&self, invitation: Uuid) -> String {
        URL_SAFE_NO_PAD.encode(self.derive("invitation", invitation.as_bytes()))
    }

    /// The token of a sign-in link.
    pub fn sign_in_token(&self, link: Uuid) -> String {
        URL_SAFE_NO_PAD.encode(self.derive("sign-in", link.as_bytes()))
    }

    /// The token of the link that creates the first account; the same until there is one.
    pub fn first_administrator_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive("first-administrator", &[]))
    }

    /// What stands for a person in the responses of confidential waves.
    pub fn pseudonym(&self, person: Uuid) -> [u8; 32] {
        self.derive("pseudonym", person.as_bytes())
    }

    fn derive(&self, purpose: &str, subject: &[u8]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(subject);
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(hidden)")
    }
}

/// A fresh random token of 256 bits, for what is not derived.
pub fn random_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What the database keeps of a token.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The key that a draft is sealed with; only who has the link can make it.
pub fn draft_key(token: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"draft\0")
        .chain_update(token.as_bytes())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn derivations_are_stable_and_apart(key: [u8; 32], a: u128, b: u128) {
            let secrets = Secrets { key };
            let (a, b) = (Uuid::from_u128(a), Uuid::from_u128(b));
            prop_assert_eq!(secrets.invitation_token(a), secrets.invitation_token(a));
            prop_assert_eq!(a == b, secrets.invitation_token(a) == secrets.invitation_token(b));
            prop_assert_ne!(secrets.invitation_token(a), secrets.sign_in_token(a));
            prop_assert_eq!(secrets.invitation_token(a).len(), 43);
        }

        #[test]
        fn a_key_survives_being_written(key: [u8; 32]) {
            let text = URL_SAFE_NO_PAD.encode(key);
            prop_assert_eq!(Secrets::parse(&text, "test").map(|secrets| secrets.key).ok(), Some(key));
        }
    }

    #[test]
    fn a_short_key_is_refused_by_name() {
        let error =
            Secrets::parse("c2hvcnQ", "TRIBOMETER_SECRET_KEY").expect_err("five bytes are no key");
        assert_eq!(
            error.to_string(),
            "TRIBOMETER_SECRET_KEY does not hold a secret key: expected 32 bytes in base64"
        );
    }

    #[test]
    fn secrets_do_not_print() {
        assert_eq!(format!("{:?}", Secrets { key: [7; 32] }), "Secrets(hidden)");
    }
}
