//! `tribometer account`: who may read reports and run surveys.

use clap::{Args, Subcommand, ValueEnum};

use super::output;
use crate::App;
use crate::service::sign_in::{self, Role};

/// Say who may read reports, and who may run surveys
#[derive(Args)]
pub struct Account {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Add an account and print a link that signs it in, once, within 15 minutes
    Add(Add),
    /// Print a new link for an account that exists
    Link(Link),
    /// List all accounts
    List(List),
}

#[derive(Args)]
struct Add {
    /// The mail address; later sign-in links go to it
    email: String,
    /// What the account may do
    #[arg(long, value_enum)]
    role: RoleName,
    /// What pages call the person
    #[arg(long, default_value = "")]
    name: String,
}

#[derive(Args)]
struct Link {
    /// The mail address
    email: String,
}

#[derive(Args)]
struct List {
    /// Print the accounts as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    /// Reads reports
    Lead,
    /// Also runs surveys and adds accounts
    Admin,
}

impl Account {
    /// Whether it stores nothing.
    pub fn is_reading(&self) -> bool {
        matches!(self.what, What::List(_))
    }

    /// Adds, lists or lets in.
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let said = match self.what {
            What::Add(Add { email, role, name }) => {
                let role = match role {
                    RoleName::Lead => Role::Lead,
                    RoleName::Admin => Role::Admin,
                };
                let account = sign_in::add_account(app, None, &email, &name, role).await?;
                eprintln!(
                    "{} is {role} now. The link signs in once, within 15 minutes:",
                    account.email
                );
                sign_in::printed_link(app, &account).await? + "\n"
            }
            What::Link(Link { email }) => {
                let account = sign_in::account(app, &email).await?;
                sign_in::printed_link(app, &account).await? + "\n"
            }
            What::List(List { json }) => list(app, json).await?,
        };
        output::text(said)
    }
}

async fn list(app: &App, json: bool) -> anyhow::Result<String> {
    let accounts = sign_in::accounts(app).await?;
    if json {
        let rows = accounts.iter().map(|account| {
            serde_json::json!({
                "email": account.email,
                "name": account.name,
                "role": account.role.as_str(),
                "created_at": account.created_at,
            })
        });
        return Ok(serde_json::to_string_pretty(&rows.collect::<Vec<_>>())? + "\n");
    }
    let rows = accounts.iter().map(|account| {
        let name = account.name.as_deref().unwrap_or_default();
        format!("{}\t{}\t{name}\n", account.email, account.role)
    });
    Ok(rows.collect())
}
