//! Whether the secret key is the one that this database was used with.

use tribometer_store::{Store, invitation};

use crate::secrets::{Secrets, token_hash};

/// Whether the links of the open wave, if there is one, were made with this secret key.
pub async fn fits(store: &Store, secrets: &Secrets) -> tribometer_store::Result<bool> {
    let newest = invitation::newest_open(store.reader()).await?;
    Ok(newest.is_none_or(|(id, hash)| token_hash(&secrets.invitation_token(id)) == hash))
}
