//! Drafts sealed under the personal link: without its token nobody reads them, not even with the
//! whole database.
//!
//! ChaCha20-Poly1305 (RFC 8439) with a random nonce for each save; the invitation's id is
//! authenticated along, so that a draft can't be moved to somebody else. The text is padded to
//! whole blocks, for its length would tell how much is answered.

use chacha20poly1305::{
    ChaCha20Poly1305, Key, Nonce,
    aead::{Aead, Generate, KeyInit, Payload},
};
use tribometer_surveys::answer::Answers;
use uuid::Uuid;

use crate::service::{Error, Result};

const BLOCK: usize = 1024;
const NONCE: usize = 12;

/// Nonce and ciphertext of the answers.
pub fn seal(key: &[u8; 32], invitation: Uuid, answers: &Answers) -> Result<Vec<u8>> {
    let mut text =
        serde_json::to_vec(answers).map_err(|cause| Error::Internal(cause.to_string()))?;
    text.resize(text.len().next_multiple_of(BLOCK), b' ');
    let nonce = Nonce::generate();
    let payload = Payload {
        msg: &text,
        aad: invitation.as_bytes(),
    };
    let sealed = ChaCha20Poly1305::new(&Key::from(*key))
        .encrypt(&nonce, payload)
        .map_err(|cause| Error::Internal(cause.to_string()))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// The answers, or `None` if this is not a draft of the invitation sealed under this key.
pub fn open(key: &[u8; 32], invitation: Uuid, sealed: &[u8]) -> Option<Answers> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let payload = Payload {
        msg: sealed,
        aad: invitation.as_bytes(),
    };
    let text = ChaCha20Poly1305::new(&Key::from(*key))
        .decrypt(&Nonce::from(*nonce), payload)
        .ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tribometer_surveys::answer::Answer;

    #[test]
    fn only_the_same_key_and_invitation_open_a_draft() {
        let (key, other) = ([7; 32], [8; 32]);
        let (mine, theirs) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut answers = Answers::default();
        answers.insert("test-feedback", Answer::Rating(2));
        let mut sealed = seal(&key, mine, &answers).unwrap();
        assert_eq!(open(&key, mine, &sealed), Some(answers));
        assert_eq!(open(&other, mine, &sealed), None);
        assert_eq!(open(&key, theirs, &sealed), None);
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(open(&key, mine, &sealed), None);
        assert_eq!(open(&key, mine, &[]), None);
    }

    #[test]
    fn length_and_repetition_tell_nothing() {
        let key = [7; 32];
        let mut answers = Answers::default();
        let empty = seal(&key, Uuid::nil(), &answers).unwrap();
        answers.insert("test-feedback", Answer::Rating(2));
        let one = seal(&key, Uuid::nil(), &answers).unwrap();
        assert_eq!(empty.len(), one.len());
        assert_ne!(one, seal(&key, Uuid::nil(), &answers).unwrap());
    }
}
