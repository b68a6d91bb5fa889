//! Signing in by one-time mailed links, sessions, and accounts. Nobody has a password.

use chrono::TimeDelta;
use serde_json::json;
use tribometer_store::account;
use tribometer_store::message::{self, Kind};
use tribometer_store::sign_in_link::{self, SignInLink};
use tribometer_store::web_session::{self, WebSession};
use tribometer_surveys::person::{Email, EmailError};
use uuid::Uuid;

use super::audit::{self, Action};
use super::{Error, Result, links, outbox};
use crate::App;
use crate::secrets::{random_token, token_hash};

pub use tribometer_store::account::{Account, Role};

/// How long a browser stays signed in.
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);
/// Links that one account may be sent within an hour.
const LINKS_PER_HOUR: u64 = 5;

/// Queues a sign-in mail if the address has an account. Whether it has one, or has asked too often,
/// is not told.
pub async fn request_link(app: &App, email: &str) -> Result<()> {
    let email = read_email(email)?;
    let Some(account) = account::by_email(app.store.reader(), email.as_str()).await? else {
        return Ok(());
    };
    let hour_ago = app.now() - TimeDelta::hours(1);
    if sign_in_link::count_since(app.store.reader(), account.id, hour_ago).await? >= LINKS_PER_HOUR
    {
        tracing::warn!(account = %account.id, "too many sign-in links asked for; none was sent");
        return Ok(());
    }
    let transaction = app.store.begin().await?;
    let link = new_link(app, &account);
    sign_in_link::insert(&transaction, &link).await?;
    let mail = outbox::new_message(
        app,
        Kind::SignIn,
        format!("sign_in:{}", link.id),
        &account.email,
        json!({ "link": link.id }),
        app.now(),
    );
    message::queue(&transaction, app.now(), &[mail]).await?;
    transaction.commit().await?;
    app.bell.ring();
    Ok(())
}

/// A link that has not been mailed, for the command line: the address under which the account signs
/// in.
pub async fn printed_link(app: &App, account: &Account) -> Result<String> {
    let link = new_link(app, account);
    let transaction = app.store.begin().await?;
    sign_in_link::insert(&transaction, &link).await?;
    transaction.commit().await?;
    Ok(links::sign_in(app, &app.secrets.sign_in_token(link.id)))
}

fn new_link(app: &App, account: &Account) -> SignInLink {
    let (id, now) = (Uuid::now_v7(), app.now());
    SignInLink {
        id,
        account: account.id,
        token_hash: token_hash(&app.secrets.sign_in_token(id)),
        expires_at: now + links::SIGN_IN_LIFETIME,
        created_at: now,
    }
}

/// What a sign-in link leads to.
pub enum SignInPage {
    /// The account may sign in.
    Account(Account),
    /// Nobody has an account yet: the first administrator introduces himself or herself.
    FirstAdministrator,
    /// Unknown, used or expired.
    Unusable,
}

/// Finds out what a link leads to; changes nothing, for mail scanners open links, too.
pub async fn look(app: &App, token: &str) -> Result<SignInPage> {
    if is_first_administrator(app, token).await? {
        return Ok(SignInPage::FirstAdministrator);
    }
    let account = sign_in_link::usable(app.store.reader(), &token_hash(token), app.now()).await?;
    Ok(account.map_or(SignInPage::Unusable, SignInPage::Account))
}

/// Redeems a link once: the token of the new session's cookie, or `None` if the link is unknown,
/// used or expired.
pub async fn redeem(app: &App, token: &str) -> Result<Option<String>> {
    let now = app.now();
    let transaction = app.store.begin().await?;
    let account = sign_in_link::usable(&transaction, &token_hash(token), now).await?;
    let Some(account) = account else {
        return Ok(None);
    };
    if !sign_in_link::redeem(&transaction, &token_hash(token), now).await? {
        return Ok(None);
    }
    let (cookie, session) = new_session(app, &account);
    web_session::insert(&transaction, &session).await?;
    transaction.commit().await?;
    audit::record(
        app,
        Some(account.id),
        Action::SignedIn,
        &account.email,
        json!({}),
    )
    .await?;
    Ok(Some(cookie))
}

/// The link under which the first administrator creates the first account; `None` once there is an
/// account.
pub async fn first_administrator_link(app: &App) -> Result<Option<String>> {
    if account::exists_any(app.store.reader()).await? {
        return Ok(None);
    }
    let token = app.secrets.first_administrator_token();
    Ok(Some(links::sign_in(app, &token)))
}

async fn is_first_administrator(app: &App, token: &str) -> Result<bool> {
    let is_token = token_hash(&app.secrets.first_administrator_token()) == token_hash(token);
    Ok(is_token && !account::exists_any(app.store.reader()).await?)
}

/// Creates the first administrator's account and signs it in: the token of the session's cookie.
/// `None` if the token is not that of [`first_administrator_link`] or somebody was faster.
pub async fn create_first_administrator(
    app: &App,
    token: &str,
    email: &str,
    name: &str,
) -> Result<Option<String>> {
    let account = new_account(app, email, name, Role::Admin)?;
    if !is_first_administrator(app, token).await? {
        return Ok(None);
    }
    let transaction = app.store.begin().await?;
    if account::exists_any(&transaction).await? {
        return Ok(None);
    }
    account::insert(&transaction, &account).await?;
    let (cookie, session) = new_session(app, &account);
    web_session::insert(&transaction, &session).await?;
    transaction.commit().await?;
    audit::record(
        app,
        Some(account.id),
        Action::AccountAdded,
        &account.email,
        json!({ "role": "admin" }),
    )
    .await?;
    Ok(Some(cookie))
}

/// Adds an account; `by` is the administrator who does it, `None` on the command line. A conflict
/// if the address has one.
pub async fn add_account(
    app: &App,
    by: Option<&Account>,
    email: &str,
    name: &str,
    role: Role,
) -> Result<Account> {
    let account = new_account(app, email, name, role)?;
    let transaction = app.store.begin().await?;
    account::insert(&transaction, &account).await?;
    transaction.commit().await?;
    let details = json!({ "role": role.as_str() });
    audit::record(
        app,
        by.map(|by| by.id),
        Action::AccountAdded,
        &account.email,
        details,
    )
    .await?;
    Ok(account)
}

/// The account with this address.
pub async fn account(app: &App, email: &str) -> Result<Account> {
    let account = account::by_email(app.store.reader(), read_email(email)?.as_str()).await?;
    account.ok_or_else(|| Error::NotFound(format!("an account of {email}")))
}

/// All accounts, by address.
pub async fn accounts(app: &App) -> Result<Vec<Account>> {
    Ok(account::all(app.store.reader()).await?)
}

/// The account that a session's cookie signs in, if it has not expired.
pub async fn account_of_session(app: &App, cookie: &str) -> Result<Option<Account>> {
    Ok(web_session::account(app.store.reader(), &token_hash(cookie), app.now()).await?)
}

/// Ends a session.
pub async fn sign_out(app: &App, cookie: &str) -> Result<()> {
    let transaction = app.store.begin().await?;
    web_session::delete(&transaction, &token_hash(cookie)).await?;
    transaction.commit().await?;
    Ok(())
}

/// A session that begins, and the token of its cookie.
fn new_session(app: &App, account: &Account) -> (String, WebSession) {
    let (now, cookie) = (app.now(), random_token());
    let session = WebSession {
        id: Uuid::now_v7(),
        account: account.id,
        token_hash: token_hash(&cookie),
        expires_at: now + SESSION_LIFETIME,
        created_at: now,
    };
    (cookie, session)
}

fn new_account(app: &App, email: &str, name: &str, role: Role) -> Result<Account> {
    let name = name.trim();
    if name.chars().count() > 100 {
        return Err(Error::invalid(
            "name",
            "too-long",
            "Shorten the name to 100 characters.",
        ));
    }
    Ok(Account {
        id: Uuid::now_v7(),
        email: read_email(email)?.into(),
        name: (!name.is_empty()).then(|| name.to_owned()),
        role,
        created_at: app.now(),
    })
}

/// A mail address; whether it exists, only a mail can tell.
fn read_email(text: &str) -> Result<Email> {
    text.parse().map_err(|EmailError { reason }| {
        let message =
            format!("This is not a mail address: {reason}. Write one such as name@example.com.");
        Error::invalid("email", "malformed", message)
    })
}
